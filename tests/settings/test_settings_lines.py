import pytest

from settings.lines import find_line

TEXT = """\
# [sellers.shop] in a comment
[sellers.shop.review_requests]
exclude.skus = [
  "a = b",
]
exclude.asins = ["B"]

  [ sellers . "shop" ]  # spaces, quotes and a comment
region="eu"
invoices = { enabled = true }
[sellers.shop-2]
'region' = "eu"
"""
PLACES = {
    "key": (("sellers", "shop", "region"), 9),
    "dotted key": (("sellers", "shop", "review_requests", "exclude", "asins"), 6),
    "value in a list": (("sellers", "shop", "review_requests", "exclude", "skus", 0), 3),
    "table made by a dotted key": (("sellers", "shop", "review_requests", "exclude"), 3),
    "key of an inline table": (("sellers", "shop", "invoices", "enabled"), 10),
    "quoted key": (("sellers", "shop-2", "region"), 12),
    "missing key": (("sellers", "shop", "marketplaces"), 8),
    "table that comes after its own part": (("sellers", "shop"), 8),
    "table without a line of its own": (("sellers",), 2),
    "nothing at all": (("else",), 1),
}


@pytest.mark.parametrize(("path", "line"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_setting_is_found_on_its_line(path: tuple[str | int, ...], line: int, newline: str) -> None:
    assert find_line(TEXT.replace("\n", newline), path) == line
