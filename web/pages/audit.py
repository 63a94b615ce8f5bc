"""Who did what: every act of a person, the newest first."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.acts import Recorded, recorded
from web.pages import Look, Page
from web.pages.orders import start_of
from web.person import Role

MOST = 200
DAYS = 30


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


def change(act: Recorded) -> str:
    """`NAME: BEFORE → AFTER` of each value."""
    before, after = dict(act.before or {}), dict(act.after or {})
    said = ((name, [values[name] for values in (before, after) if name in values]) for name in {**before, **after})
    return ", ".join(
        f"{name}: {' → '.join('none' if each is None else str(each) for each in values)}" for name, values in said
    )


PAGE = Page("/audit", "audit.html", show, role=Role.VIEWER, is_by_seller=True, helpers={"change": change})
