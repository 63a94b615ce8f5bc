"""A large shop's first minutes, at Amazon's real rates on a simulated clock."""

from benchmarks import large_shop


def test_a_shop_of_some_thousands_is_known_and_asked_within_minutes_at_amazons_real_rates() -> None:
    first, known, fetched, _ = large_shop.play(2500, minutes=8)
    assert first < 300
    assert known < 300
    assert fetched > 2000
