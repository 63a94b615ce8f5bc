from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rules.order import Money
from rules.readable import listed, moment, money

TEN = datetime(2026, 11, 26, 9, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        pytest.param(TEN, "Europe/Paris", "2026-11-26 10:00 CET", id="winter"),
        pytest.param(TEN.replace(month=6), "Europe/Paris", "2026-06-26 11:00 CEST", id="summer"),
        pytest.param(TEN, "UTC", "2026-11-26 09:00 UTC", id="utc"),
        pytest.param(TEN, "Asia/Dubai", "2026-11-26 13:00 UTC+04", id="a time without a name"),
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), "America/Sao_Paulo", "0009-12-31 20:53 LMT", id="beyond measure"),
    ],
)
def test_a_moment_is_local_with_the_name_of_its_time(at: datetime, zone: str, expected: str) -> None:
    assert moment(at, ZoneInfo(zone)) == expected


@pytest.mark.parametrize(("amount", "expected"), [("139.93", "139.93 EUR"), ("1E+2", "100 EUR"), ("0.00", "0.00 EUR")])
def test_money_is_an_amount_and_its_currency(amount: str, expected: str) -> None:
    assert money(Money(Decimal(amount), "EUR")) == expected


def test_what_is_missing_is_said() -> None:
    assert money(None) == "unknown"
    assert listed(["A", None, ""]) == "A, unknown, unknown"
    assert listed([]) == "none"
