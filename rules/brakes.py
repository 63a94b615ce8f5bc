"""When sending stops: what happened to one marketplace's orders on its days, against what is usual there.

Pure: counts in, verdicts out. A day is one of UTC. What each brake measures, and why its limit is what it is, stands
beside its judgement; docs/brakes.md has the figures.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import exp, lgamma, log

from msgspec import Struct

from rules.coded import Coded
from rules.readable import said
from rules.window import DAY
from settings.brakes import Brakes


class Brake(Coded):
    """What may stop the review requests of a marketplace; each with what to look at before it is released."""

    def __init__(self, _name: str, look_at: str = "") -> None:
        self.look_at = look_at

    NOT_OFFERED = "not_offered", "whether the same orders can be asked by hand in Seller Central"
    MANY_DUE = "many_due", "whether these orders were really delivered when askonce says so: `askonce explain ORDER_ID`"
    UNKNOWN_REFUSALS = "unknown_refusals", "Amazon's words: `askonce held`, then `askonce explain ORDER_ID`"
    MANY_DELIVERED = "many_delivered", "whether these orders were really delivered, in Seller Central"
    DATES_CHANGED = "dates_changed", "whether the promised dates of some orders are right, in Seller Central"
    REFUNDS_TAKEN_BACK = "refunds_taken_back", "whether orders that were refunded or returned still are"
    REFUNDS_SILENT = "refunds_silent", "whether there were refunds since then, in Seller Central under Payments"
    SETTINGS_DUE = "settings_due", "what the new settings mean: `askonce plan`"


class Counts(Struct, frozen=True):
    """What happened on one day to one marketplace's orders; refunds are counted for the seller as a whole."""

    day: date
    ordered: int = 0  # bought on that day
    due: int = 0  # their time came, for the first time
    due_by_settings: int = 0  # those of them that came due when new settings decided
    delivered: int = 0  # became known to be delivered
    redated: int = 0  # their promised date changed
    taken_back: int = 0  # counted as refunded or returned no more
    offered: int = 0  # first looks: Amazon offered the request
    not_offered: int = 0  # first looks: it did not
    refunds: int = 0  # were told
    refused_in_a_row: int | None = None  # in unknown words, without another answer between; None: nothing was answered


Days = Sequence[Counts]
"""Of one marketplace, or of the seller as a whole; oldest first, one for each day on which anything happened."""


class Verdict(Struct, frozen=True):
    """This is not usual: what was measured, the limit, and the cause in words."""

    brake: Brake
    measure: int
    limit: int
    cause: str


HISTORY = 60 * DAY
"""What is usual is that of so many days. An order bought in a peak comes due up to 60 days later, and the first reading
goes back so far: what is usual is known from the first day on."""
BEGINNING = 3 * DAY
"""As long as so little is known of a marketplace, what comes due and is delivered is not judged: at first all orders
of 60 days come at once, some only when Amazon has made its reports. The ramp-up keeps these days small."""
SHORTEST = 7
"""A mean is that of so many days at least: the first orders of a new shop are no usual day."""
BUSY = 3
"""How many of the busiest days say what a busy day is; one alone may be an error in the facts."""
IN_TWENTY = 0.05
"""Of a usual day's orders, so many may be refunded or returned no more: a return that the buyer cancelled."""
FEWEST_LOOKS = 20
"""Fewer first looks than these say nothing of the share that Amazon offers."""
BASE_LOOKS = 30
"""So many looks, on earlier days, are a history of it. A seller who moves in has none: what another tool has asked for
is not offered, and that is no fault."""
BY_CHANCE = 1e-6
"""How likely so few offers may be by chance alone, at the usual share: 1,000 shops see that once in three years."""
LEARNED = 28 * DAY
"""Of how many days the usual share of offers, and the usual refunds, are."""
REFUND_DAYS = 14
"""So many days must have been told of before silence means anything."""
EXPECTED = 10
"""So many refunds must have been expected while there was none: by chance that is once in 20,000 times. With five a day
that takes two days, with one a day ten. In a hundred shops one is stopped wrongly in two months, until the next refund
is told."""

RESTS = {Brake.NOT_OFFERED: DAY}
"""Brakes that end by themselves after so long, because a look harms nobody. All others wait for a person; silence ends
when a refund is told."""
ACCEPTED = DAY
"""How long a brake that a person released is not judged again."""


def _number(value: float, places: int = 0) -> str:
    return f"{value:,.{places}f}"


class Usual(Struct, frozen=True):
    """Orders of a day: the mean, and that of the busiest days."""

    mean: float
    busy: float


def usual(days: Days, today: date) -> Usual:
    """What was bought on a day, of the days before today."""
    bought = [each for each in days if each.ordered and today - HISTORY <= each.day < today]
    if not bought:
        return Usual(0, 0)
    busiest = sorted((each.ordered for each in bought), reverse=True)[:BUSY]
    known = max((today - bought[0].day).days, SHORTEST)
    return Usual(sum(each.ordered for each in bought) / known, sum(busiest) / BUSY)


def judge(days: Days, wish: Brakes, today: date) -> Iterator[Verdict]:
    """What is not usual in one marketplace today. What Amazon answers is judged apart, by `Answers`."""
    now = next((each for each in days if each.day == today), Counts(today))
    normal = usual(days, today)
    before = [each for each in days if each.day < today]
    if now.due_by_settings > (limit := settings_limit(normal, wish)):
        measure = now.due_by_settings
        yield Verdict(Brake.SETTINGS_DUE, measure, limit, said(_BY_SETTINGS, n=_number(measure)))
    if now.taken_back > (limit := max(wish.refunds_taken_back, round(IN_TWENTY * normal.mean))):
        measure = now.taken_back
        yield Verdict(Brake.REFUNDS_TAKEN_BACK, measure, limit, said(_TAKEN_BACK, n=_number(measure)))
    if is_new(days, today):
        return
    for brake, of, cause in _COUNTED:
        measure, limit = of(now), _day_limit(normal, wish, today, [each.day for each in before if of(each)])
        if measure > limit:
            yield Verdict(brake, measure, limit, said(cause, n=_number(measure), usual=_number(normal.mean)))


_BY_SETTINGS = "new settings make {n} orders due at once"
_TAKEN_BACK = "{n} orders that were refunded or returned are so no more, by the facts of one day"
_DUE = "{n} orders came due today; a usual day has {usual}"
_DELIVERED = "{n} orders became known to be delivered today; a usual day has {usual}"
_REDATED = "{n} orders have another promised date since today; a usual day has {usual}"
_FEW_TODAY = "Amazon does not offer {n} of {looks} orders today; usually {usual}"
_FEW = "Amazon does not offer {n} of {looks} orders in {days} days; usually {usual}"
_REFUSED = "Amazon refused {n} orders in a row in words that askonce does not know"
_SILENT = "no refund was told for {days} days; usually there are {usual} a day"
CAUSES = (_BY_SETTINGS, _TAKEN_BACK, _DUE, _DELIVERED, _REDATED, _FEW_TODAY, _FEW, _REFUSED, _SILENT)
"""Every cause in words."""
_COUNTED: tuple[tuple[Brake, Callable[[Counts], int], str], ...] = (
    (Brake.MANY_DUE, lambda day: day.due - day.due_by_settings, _DUE),
    (Brake.MANY_DELIVERED, lambda day: day.delivered, _DELIVERED),
    (Brake.DATES_CHANGED, lambda day: day.redated, _REDATED),
)


def is_new(days: Days, today: date) -> bool:
    """Whether so little is known of the marketplace that there is nothing to judge by."""
    begun = min((each.day for each in days if each.delivered or each.due or each.offered), default=today)
    return today - begun < BEGINNING


def settings_limit(normal: Usual, wish: Brakes) -> int:
    """How many orders of one marketplace new settings may make due on one day."""
    return max(wish.settings_due, round(3 * normal.mean))


def _day_limit(normal: Usual, wish: Brakes, today: date, earlier: Sequence[date]) -> int:
    """How many of one day are still usual.

    So many usual days; or two busy ones, as orders come due in the order in which they were bought, a peak as a peak;
    or thrice what has gathered since the last such day: a seller who asks on Saturdays, and a machine that was off,
    have all of some days at once.
    """
    gathered = (today - earlier[-1]).days if earlier else 1
    most = max(wish.times_the_usual * normal.mean, 2 * normal.busy, 3 * normal.mean * gathered)
    return max(wish.never_below, round(most))


class Share(Struct, frozen=True):
    """First looks at orders, and at how many of them Amazon offered the request."""

    looks: int = 0
    offered: int = 0

    @classmethod
    def of(cls, days: Days) -> "Share":
        offered = sum(each.offered for each in days)
        return cls(offered + sum(each.not_offered for each in days), offered)


def few_offers(days: Days, wish: Brakes, today: date) -> Verdict | None:
    """Whether Amazon offers far less today, or in the last three days, than before."""
    return next(filter(None, (_few_offers(days, wish, today, span) for span in (1, 3))), None)


def _few_offers(days: Days, wish: Brakes, today: date, span: int) -> Verdict | None:
    since = today - (span - 1) * DAY
    now = Share.of([each for each in days if each.day >= since])
    base = Share.of([each for each in days if since - LEARNED <= each.day < since])
    if now.looks < FEWEST_LOOKS or base.looks < BASE_LOOKS:
        return None
    normal = base.offered / base.looks
    fewest = normal * (1 - wish.not_offered / 100)
    if now.offered / now.looks >= fewest or by_chance(now, normal) > BY_CHANCE:
        return None
    missing = now.looks - now.offered
    given = {"n": _number(missing), "looks": _number(now.looks), "usual": f"{1 - normal:.0%}"}
    cause = said(_FEW_TODAY, **given) if span == 1 else said(_FEW, days=span, **given)
    return Verdict(Brake.NOT_OFFERED, missing, now.looks - round(fewest * now.looks), cause)


def by_chance(found: Share, share: float) -> float:
    """How likely so few offers, or fewer, are when each look finds one with the probability `share`."""
    if share >= 1:
        return 0.0 if found.offered < found.looks else 1.0
    return sum(exp(_log_likelihood(found.looks, each, share)) for each in range(found.offered + 1)) if share else 1.0


def _log_likelihood(looks: int, offered: int, share: float) -> float:
    ways = lgamma(looks + 1) - lgamma(offered + 1) - lgamma(looks - offered + 1)
    return ways + offered * log(share) + (looks - offered) * log(1 - share)


def refused_in_a_row(days: Days) -> int:
    """How many refusals in unknown words came since the last other answer."""
    return next((each.refused_in_a_row for each in reversed(days) if each.refused_in_a_row is not None), 0)


def many_refusals(in_a_row: int, wish: Brakes) -> Verdict | None:
    """Whether Amazon refuses one order after another in words that nobody knows: something has changed there."""
    if in_a_row < wish.unknown_refusals:
        return None
    cause = said(_REFUSED, n=in_a_row)
    return Verdict(Brake.UNKNOWN_REFUSALS, in_a_row, wish.unknown_refusals, cause)


def silence(days: Days, wish: Brakes, told_at: datetime | None, as_of: datetime) -> Verdict | None:
    """Whether a source that told refunds as a rule tells none any more. `days`: those of the whole seller.

    `told_at`: when it told the last one; `as_of`: up to when it was read. Longer than any silence of the last four
    weeks, and so long that refunds were surely to be expected.
    """
    told = [each for each in days if each.refunds][1:]  # the first day has those of two months
    if told_at is None or not told:
        return None
    silent, last = as_of - told_at, told[-1].day
    span = min((last - told[0].day).days + 1, LEARNED.days)
    told = [each for each in told if each.day > last - LEARNED]
    longest = max((later.day - each.day for each, later in pairwise(told)), default=timedelta())
    a_day = sum(each.refunds for each in told) / span
    limit = max(wish.refunds_silent * DAY, longest + DAY, EXPECTED / a_day * DAY)
    if span < REFUND_DAYS or silent < limit:
        return None
    cause = said(_SILENT, days=_number(silent / DAY, 1), usual=_number(a_day, 1))
    return Verdict(Brake.REFUNDS_SILENT, silent // DAY, round(limit / DAY), cause)
