"""The buyer in an XML is compared with the order's, who is written in many ways."""

import pytest

from invoices.compared import contradiction
from invoices.said import Said
from rules.sale import Party

ORDER = "171-1234567-1234567"
JEAN = Party("Jean Petit", None, (), "33000")
WORKS = Party("Zoë Łukasiewicz", "Müller & Söhne GmbH", (), "SW1A 1AA")

# the names and postal codes in the XML, and whose order it is → is it another buyer's?
BUYERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[Party, ...], bool]] = {
    "the same": (("Jean Petit",), ("33000",), (JEAN,), False),
    "turned round, in capitals": (("M. PETIT JEAN",), (), (JEAN,), False),
    "with accents": (("Zoe Łukasiewicz",), (), (WORKS,), False),
    "the company": (("MULLER & SOHNE",), ("10115",), (WORKS,), False),
    "who lives there": (("Marie Curie",), ("33 000",), (JEAN,), False),
    "a postal code with a blank": (("Marie Curie",), ("SW1A1AA",), (WORKS,), False),
    "a gift: the recipient": (("Jean Petit",), ("33000",), (WORKS, JEAN), False),
    "another": (("Marie Curie",), ("75005",), (JEAN,), True),
    "the first name alone": (("Jean Martin",), ("75005",), (JEAN,), True),
    "the legal form alone": (("Schmidt GmbH",), ("10115",), (WORKS,), True),
    "another, without a postal code": (("Marie Curie",), (), (JEAN,), True),
    "another postal code, without a name": ((), ("75005",), (JEAN,), True),
    "nobody in the XML": ((), (), (JEAN,), False),
    "nobody whom Amazon names": (("Marie Curie",), ("75005",), (), False),
    "nothing that could be compared": (("Marie Curie",), (), (Party("", None, (), "33000"),), False),
}


@pytest.mark.parametrize(("names", "codes", "parties", "another"), BUYERS.values(), ids=BUYERS)
def test_another_buyer_is_noticed_and_another_way_of_writing_is_none(
    names: tuple[str, ...], codes: tuple[str, ...], parties: tuple[Party, ...], another: bool
) -> None:
    said = Said("RE-1", True, False, "EUR", None, None, frozenset(), names, codes)
    found = contradiction(said, ORDER, None, lambda: parties)
    assert found == ("names another buyer" if another else None)


def test_amazon_is_asked_for_the_buyer_only_where_there_is_something_to_compare() -> None:
    def asked() -> tuple[Party, ...]:
        raise AssertionError

    assert contradiction(Said("RE-1", True, False, None, None, None, frozenset(), (), ()), ORDER, None, asked) is None
