"""Brakes stop what is far from usual, and nothing that a shop may live through."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random
from typing import get_args

import pytest

from rules.brakes import Brake, Counts, Share, by_chance, few_offers, judge, many_refusals, refused_in_a_row, silence
from rules.window import DAY
from settings.brakes import BrakeName, Brakes

TODAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
WISH = Brakes()
Sold = Callable[[int], float]
"""Orders of a day, counted from the first."""


def steady(a_day: float) -> Sold:
    return lambda _day: a_day


def growing(a_day: float) -> Sold:
    return lambda day: a_day * 1.1 ** (day / 7)


def black_friday(a_day: float) -> Sold:
    return lambda day: a_day * (5 if 70 <= day < 77 else 1)


def deal_of_a_day(a_day: float) -> Sold:
    return lambda day: a_day * (60 if day == 70 else 1)


SHOPS: dict[str, Sold] = {
    "one order a week": steady(1 / 7),
    "one order a day": steady(1),
    "twenty a day": steady(20),
    "five hundred a day": steady(500),
    "growing by a tenth each week, small": growing(2),
    "growing by a tenth each week": growing(50),
    "Black Friday of a small shop": black_friday(3),
    "Black Friday": black_friday(60),
    "a deal of the day in a small shop": deal_of_a_day(1),
    "a deal of the day": deal_of_a_day(30),
}


def at_random(chance: Random, mean: float) -> int:
    """So many of a day, where each comes by itself (Poisson)."""
    if mean > 200:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, left = 0, chance.random()
    likely = exp(-mean)
    while left > likely:
        left, count = left - likely, count + 1
        likely *= mean / count
    return count


def lived(
    sold: Sold, chance: Random, days: int = 130, ask_on: Callable[[date], bool] = lambda _day: True
) -> list[Counts]:
    """The counts of a shop's days: each order is delivered three to six days later, and due seven days after that."""
    begin = TODAY - days * DAY
    ordered: Counter[date] = Counter()
    delivered: Counter[date] = Counter()
    due: Counter[date] = Counter()
    redated: Counter[date] = Counter()
    taken_back: Counter[date] = Counter()
    offered: Counter[date] = Counter()
    missing: Counter[date] = Counter()
    for number in range(days):
        day = begin + number * DAY
        for _ in range(at_random(chance, sold(number) * (1.4 if day.weekday() < 5 else 0.5))):
            ordered[day] += 1
            arrives = day + chance.randint(3, 6) * DAY
            if chance.random() < 0.3:
                redated[day + DAY] += 1
            if chance.random() < 0.005:
                taken_back[arrives + 9 * DAY] += 1
            asked = arrives + 7 * DAY
            while not ask_on(asked):
                asked += DAY
            delivered[arrives] += 1
            due[asked] += 1
            (offered if chance.random() < 0.9 else missing)[asked] += 1
    found = (ordered, due, delivered, redated, taken_back, offered, missing)
    return [
        Counts(
            day, ordered[day], due[day], 0, delivered[day], redated[day], taken_back[day], offered[day], missing[day]
        )
        for day in (begin + number * DAY for number in range(days))
        if any(each[day] for each in found)
    ]


def verdicts(days: list[Counts], wish: Brakes = WISH) -> Iterator[tuple[date, Brake]]:
    """What the last 60 days of a shop would have been braked for."""
    for number in range(60):
        today = TODAY - number * DAY
        until = [each for each in days if today - 60 * DAY <= each.day <= today]
        for found in (*judge(until, wish, today), few_offers(until, wish, today)):
            if found:
                yield today, found.brake


@pytest.mark.parametrize("shop", SHOPS)
@pytest.mark.parametrize("seed", range(4))
def test_a_shop_is_not_braked_for_what_it_lives_through(shop: str, seed: int) -> None:
    assert list(verdicts(lived(SHOPS[shop], Random(seed)))) == []


ODD_DAYS: dict[str, Callable[[date], bool]] = {
    "asks on Saturdays": lambda day: day.weekday() == 5,
    "asks on two days": lambda day: day.weekday() in (1, 3),
    "was off for ten days": lambda day: not TODAY - 30 * DAY < day < TODAY - 20 * DAY,
}


@pytest.mark.parametrize("case", ODD_DAYS)
@pytest.mark.parametrize("a_day", [1, 20, 300])
def test_a_shop_that_asks_on_few_days_is_not_braked(case: str, a_day: float) -> None:
    assert list(verdicts(lived(steady(a_day), Random(1), ask_on=ODD_DAYS[case]))) == []


def test_a_first_start_with_two_months_of_orders_is_not_braked() -> None:
    known = [Counts(TODAY - number * DAY, ordered=50) for number in range(60, 0, -1)]
    first = [*known, Counts(TODAY, due=900, delivered=3000, redated=3000)]
    assert list(judge(first, WISH, TODAY)) == []
    later = [*first, Counts(TODAY + 2 * DAY, due=900, delivered=900)]
    assert list(judge(later, WISH, TODAY + 2 * DAY)) == []


USUAL = lived(steady(20), Random(7))[:-1]
ALL_AT_ONCE: dict[str, tuple[Counts, Brake]] = {
    "all delivered on one day": (Counts(TODAY, delivered=400), Brake.MANY_DELIVERED),
    "all due on one day": (Counts(TODAY, due=400), Brake.MANY_DUE),
    "all promised dates changed": (Counts(TODAY, redated=400), Brake.DATES_CHANGED),
    "refunds taken back": (Counts(TODAY, taken_back=6), Brake.REFUNDS_TAKEN_BACK),
    "due by new settings": (Counts(TODAY, due=101, due_by_settings=101), Brake.SETTINGS_DUE),
}


@pytest.mark.parametrize("case", ALL_AT_ONCE)
def test_what_jumps_is_braked_and_says_so(case: str) -> None:
    today, brake = ALL_AT_ONCE[case]
    found = list(judge([*USUAL, today], WISH, TODAY))
    assert [each.brake for each in found] == [brake]
    assert found[0].measure > found[0].limit
    assert f"{found[0].measure}" in found[0].cause


def test_a_small_shop_is_braked_by_few_orders() -> None:
    days = [*lived(steady(1), Random(2))[:-1], Counts(TODAY, delivered=25)]
    assert [each.brake for each in judge(days, WISH, TODAY)] == [Brake.MANY_DELIVERED]
    assert list(judge(days, Brakes(never_below=30), TODAY)) == []


OUTAGES = {
    "all of a day": (Counts(TODAY, not_offered=20), True),
    "too few to tell": (Counts(TODAY, not_offered=19), False),
    "two thirds of a day": (Counts(TODAY, offered=10, not_offered=20), True),
    "a third of a day": (Counts(TODAY, offered=20, not_offered=10), False),
}


@pytest.mark.parametrize("case", OUTAGES)
def test_fewer_offers_than_usual_are_braked(case: str) -> None:
    today, braked = OUTAGES[case]
    days = [each for each in USUAL if each.day < TODAY - 3 * DAY]
    assert (few_offers([*days, today], WISH, TODAY) is not None) == braked


def test_a_shop_that_moves_in_has_no_history_of_offers() -> None:
    assert few_offers([Counts(TODAY, offered=5, not_offered=300)], WISH, TODAY) is None


def test_the_chance_is_that_of_a_binomial_distribution() -> None:
    assert by_chance(Share(3, 1), 0.5) == pytest.approx(0.5)
    assert by_chance(Share(20, 0), 0.9) == pytest.approx(0.1**20)
    assert by_chance(Share(5, 5), 1) == 1
    assert by_chance(Share(5, 4), 1) == 0
    assert by_chance(Share(5, 0), 0) == 1


def test_refusals_in_unknown_words_are_counted_over_days() -> None:
    days = [Counts(TODAY - 3 * DAY, refused_in_a_row=2), Counts(TODAY, ordered=5)]
    assert refused_in_a_row(days) == 2
    assert refused_in_a_row([]) == 0
    assert many_refusals(2, WISH) is None
    assert many_refusals(3, WISH) is not None


def told(a_day: Callable[[int], int], days: int = 28) -> list[Counts]:
    return [Counts(TODAY - number * DAY, refunds=a_day(number)) for number in range(days, 0, -1)]


SILENT: dict[str, tuple[list[Counts], float, bool]] = {
    "six a day, none for two days": (told(lambda _n: 6), 2, True),
    "six a day, none for one": (told(lambda _n: 6), 1.5, False),
    "five a day, none for two": (told(lambda _n: 5), 2, True),
    "one a day, none for nine": (told(lambda _n: 1), 9, False),
    "one a day, none for ten": (told(lambda _n: 1), 10, True),
    "none at the weekend, none for three": (told(lambda n: 0 if n % 7 in (1, 2) else 9), 3, False),
    "none at the weekend, none for five": (told(lambda n: 0 if n % 7 in (1, 2) else 9), 5, True),
    "only for a week": (told(lambda _n: 50, days=8), 5, False),
    "never": ([], 60, False),
}


@pytest.mark.parametrize("case", SILENT)
def test_silence_about_refunds_is_braked_when_it_is_not_chance(case: str) -> None:
    days, silent_for, braked = SILENT[case]
    days = [each for each in days if each.refunds]
    assert (silence(days, WISH, NOON - silent_for * DAY, NOON) is not None) == braked


def test_a_shop_whose_refunds_come_by_chance_is_rarely_silent() -> None:
    braked, chance = 0, Random(3)
    for a_day in (0.2, 1, 2, 4, 8, 20):
        for _shop in range(10):
            counts = [Counts(TODAY - number * DAY, refunds=at_random(chance, a_day)) for number in range(90, 0, -1)]
            braked += any(_silent_on(counts, TODAY - number * DAY) for number in range(60))
    assert braked <= 1  # of 60 shops


def _silent_on(counts: list[Counts], today: date) -> bool:
    days = [each for each in counts if today - 60 * DAY <= each.day < today and each.refunds]
    at = datetime(today.year, today.month, today.day, tzinfo=UTC)
    return bool(days) and silence(days, WISH, at - (today - days[-1].day - timedelta(hours=12)), at) is not None


def test_the_settings_name_every_brake() -> None:
    assert {*get_args(BrakeName)} == {*Brake}
