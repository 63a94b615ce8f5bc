import pytest

from settings.marketplaces import MARKETPLACES, marketplace_of, zone_of

FR = MARKETPLACES["FR"]


@pytest.mark.parametrize("marketplace_id", [None, "", "AMARS"])
def test_an_unknown_marketplace_is_none_and_its_days_are_those_of_utc(marketplace_id: str | None) -> None:
    assert marketplace_of(marketplace_id) is None
    assert zone_of(marketplace_id).key == "UTC"


def test_a_marketplace_is_known_by_its_id() -> None:
    assert marketplace_of(FR.marketplace_id) is FR
    assert zone_of(FR.marketplace_id).key == "Europe/Paris"
