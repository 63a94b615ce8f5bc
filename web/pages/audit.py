"""Who did what: every act of a person, the newest first."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from ledger.acts import Recorded, recorded
from web.pages import Look, Page
from web.pages.orders import start_of
from web.person import Role

MOST = 200
DAYS = 30
_NAMES = {"until": "Until", "marketplace": "Marketplace", "state": "State", "reason": "Reason", "number": "Number"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class Acts:
    """`acts`: the newest first, at most 200; `since`: from when they are."""

    since: datetime
    acts: list[Recorded]


def show(look: Look) -> Acts:
    since = start_of(look, look.query.get("since")) or look.now - timedelta(days=DAYS)
    newest = list(deque(_recorded(look, since), maxlen=MOST))
    newest.reverse()  # what has the same time stays in turn
    return Acts(since, sorted(newest, key=lambda act: act.at, reverse=True))


def _recorded(look: Look, since: datetime) -> Iterator[Recorded]:
    """What concerns the sellers that the person may see; what concerns all of them is for who sees all."""
    with look.app.ledger.read() as connection:
        if look.person.sellers is None and not look.query.get("seller"):
            yield from recorded(connection, None, since, MOST)
            return
        found = (each for name in look.chosen for each in recorded(connection, name, since))
        yield from (each for each in found if each.seller is not None or look.person.sellers is None)


def change(act: Recorded, look: Look) -> Markup:
    """`Name: before → after` of each value."""
    before, after, say = dict(act.before or {}), dict(act.after or {}), look.tongue.say
    said = ((name, [values[name] for values in (before, after) if name in values]) for name in {**before, **after})
    return look.tongue.listed(
        say(
            "{what}: {answer}",
            what=say(_NAMES[name]) if name in _NAMES else name,
            answer=look.tongue.listed((_written(each, look) for each in values), " → "),
        )
        for name, values in said
    )


def _written(value: object, look: Look) -> str:
    """The ledger keeps a time as text."""
    if value is None:
        return "—"
    if not _TIME.fullmatch(str(value)):
        return str(value)
    return look.tongue.moment(datetime.fromisoformat(str(value)), look.zone, look.now)


PAGE = Page("/audit", "audit.html", show, role=Role.VIEWER, is_by_seller=True, helpers={"change": change})
