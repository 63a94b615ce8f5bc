"""The refunds of one order, each once.

Amazon lists money that was deferred and later released twice, under two transaction ids, of which one copy or both
name the other. Either may be read first, and both may be known from before it was told that they are one.
"""

from collections.abc import Mapping
from dataclasses import replace

from rules.order import Refund

Refunds = Mapping[str, Refund]
"""By transaction id: the one under which it was read first."""


def ids_of(key: str, refund: Refund) -> set[str]:
    """All transaction ids of one refund."""
    return {key, *refund.others}


def named(refunds: Refunds, transaction_id: str) -> tuple[set[str], Refund] | None:
    """The refund that has this id among its own, with all of these."""
    found = ((ids_of(key, refund), refund) for key, refund in refunds.items())
    return next(((ids, refund) for ids, refund in found if transaction_id in ids), None)


def joined(before: Refunds, new: Refunds) -> dict[str, Refund]:
    """What is known after `new` was read. A copy that says of what it is goes before one that does not."""
    known = dict(before)
    place = {each: key for key, refund in known.items() for each in ids_of(key, refund)}
    for key, refund in new.items():
        found = {place[each] for each in ids_of(key, refund) if each in place}
        same = [each for each in known if each in found] if len(found) > 1 else list(found)
        first = same[0] if same else key
        for each in same:
            refund = _one(refund, ids_of(each, known[each]), known.pop(each) if each != first else known[each])
        known[first] = replace(refund, others=tuple(sorted(ids_of(key, refund) - {first})))
        place |= dict.fromkeys(ids_of(first, known[first]), first)
    return known


def _one(new: Refund, ids: set[str], old: Refund) -> Refund:
    told = old if new.parts is None and old.parts is not None else new
    posted_at = min(filter(None, (new.posted_at, old.posted_at)), default=None)
    return replace(told, posted_at=posted_at, others=(*new.others, *ids))
