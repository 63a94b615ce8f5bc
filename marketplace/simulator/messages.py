"""A call to the simulator and its reply, in Amazon's shapes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


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

    def time(self, name: str) -> datetime | None:
        """A time of the query, in UTC, which is also what a time without a zone is read as."""
        return parse_time(self.query[name], name) if name in self.query else None

    def words(self, name: str, allowed: frozenset[str]) -> frozenset[str]:
        """A comma-separated list of the query; empty when left out."""
        words = frozenset(filter(None, self.query.get(name, "").split(",")))
        if not words <= allowed:
            raise InvalidInputError(f"Invalid value for {name}")
        return words


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    content_type: bytes = b"application/json"
    encoding: bytes = b""


class InvalidInputError(Exception):
    """The request is wrong: 400."""


def parse_time(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"Invalid date-time for {name}") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """As Amazon writes times: UTC with a Z."""
    return at.isoformat().replace("+00:00", "Z")


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def error(status: int, code: str, message: str, details: str = "") -> Reply:
    return json_reply({"errors": [{"code": code, "message": message, "details": details}]}, status)


def not_found() -> Reply:
    return error(404, "NotFound", "The requested resource doesn't exist.")
