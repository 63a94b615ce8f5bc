import pytest

from rules.order_id import end_in, order_id_in, what_is_wrong

ID = "404-7355230-2721500"


@pytest.mark.parametrize(
    "pasted",
    [
        ID,
        f" {ID}\t",
        f"#{ID}",
        f'"{ID}"',
        f"\N{LEFT DOUBLE QUOTATION MARK}{ID}\N{RIGHT DOUBLE QUOTATION MARK},",
        ID.replace("-", " "),
        ID.replace("-", " - "),
        ID.replace("-", ""),
        ID.replace("-", "\N{EN DASH}"),
        ID.replace("-", "\N{NON-BREAKING HYPHEN}"),
        ID.replace("-", "\N{MINUS SIGN}"),
        ID.replace("-", "\N{FULLWIDTH HYPHEN-MINUS}"),
        ID.replace("-", "\N{NO-BREAK SPACE}"),
        f"\N{LEFT-TO-RIGHT MARK}{ID}\N{ZERO WIDTH SPACE}",
        f"Commande n\N{DEGREE SIGN} {ID} du 12/11",
        f"https://sellercentral.amazon.fr/orders-v3/order/{ID}",
        f"{ID} {ID}",
        "404\N{FULLWIDTH HYPHEN-MINUS}\uff17355230-2721500",
    ],
)
def test_an_order_id_is_read_as_people_paste_it(pasted: str) -> None:
    assert order_id_in(pasted) == ID
    assert end_in(pasted) is None


@pytest.mark.parametrize("pasted", ["S01-7355230-2721500", "s01-7355230-2721500"])
def test_an_order_id_may_begin_with_a_letter(pasted: str) -> None:
    assert order_id_in(pasted) == "S01-7355230-2721500"


@pytest.mark.parametrize(
    ("pasted", "end"),
    [
        ("2721500", "2721500"),
        ("\N{HORIZONTAL ELLIPSIS}2721500", "2721500"),
        ("...2721500:", "2721500"),
        ("-1500", "1500"),
        ("7355230-2721500", "7355230-2721500"),
        ("73552302721500", "7355230-2721500"),
        ("5230 2721500", "5230-2721500"),
    ],
)
def test_the_last_digits_are_the_end_of_an_id(pasted: str, end: str) -> None:
    assert end_in(pasted) == end
    assert order_id_in(pasted) is None


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("404-735523-2721500", "404-735523-2721500 has 6 digits in the middle; an Amazon order id looks like"),
        ("40-7355230-2721500", "has 2 digits at the beginning"),
        ("404-7355230-27215001", "has 8 digits at the end"),
        ("4047355230272150", "has 16 digits"),
        ("Maison Durand", "has 0 digits"),
        ("", "'' has 0 digits"),
        ("250", "has 3 digits"),
        (f"{ID} 404-7355230-2721501", "is not one order id"),
    ],
)
def test_what_is_no_order_id_is_told(pasted: str, words: str) -> None:
    assert order_id_in(pasted) is None
    assert end_in(pasted) is None
    assert words in what_is_wrong(pasted)
