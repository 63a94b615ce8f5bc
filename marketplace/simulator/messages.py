"""A call to the simulator, and times and page tokens as Amazon writes them. What it is answered: replies.py."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from marketplace.simulator.replies import InvalidInputError


@dataclass(frozen=True, slots=True)
class Call:
    """One call that has been let in. `resource` is the order, report or document id of the path, or empty."""

    operation: str
    account: str
    resource: str
    query: dict[str, str]  # a repeated parameter's values are joined by commas
    body: bytes
    base_url: str
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # of an upload alone; names in lower case
    fault: str | None = None  # the kind of the fault that it meets

    @property
    def nothing_offered(self) -> bool:
        return self.fault in ("empty_actions", "outage")

    def time(self, name: str) -> datetime | None:
        """A time of the query, in UTC, which is also what a time without a zone is read as."""
        return parse_time(self.query[name], name) if name in self.query else None

    def words(self, name: str, allowed: frozenset[str]) -> frozenset[str]:
        """A comma-separated list of the query; empty when left out."""
        words = frozenset(filter(None, self.query.get(name, "").split(",")))
        if not words <= allowed:
            raise InvalidInputError(f"Invalid value for {name}")
        return words

    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        try:
            wish = json.loads(self.body)
        except ValueError:
            wish = None
        if not isinstance(wish, dict):
            raise InvalidInputError("The body must be a JSON object")
        return wish

    def page(self, name: str, parts: int) -> list[Any]:
        """What stands in a page token of the query: as many things as `page_token` was given."""
        try:
            found = json.loads(base64.urlsafe_b64decode(self.query[name]))
        except ValueError:
            found = None
        if not isinstance(found, list) or len(found) != parts:
            raise InvalidInputError(f"Invalid {name}")
        return found


def parse_time(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"Invalid date-time for {name}") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """As Amazon writes times: UTC with a Z."""
    return at.isoformat().replace("+00:00", "Z")


def page_token(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
