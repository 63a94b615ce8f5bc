"""The fonts in the repository are the files that were put there, and every one is named."""

from hashlib import sha256
from pathlib import Path

import pytest

import invoices

FOLDER = Path(invoices.__file__).parent / "fonts"
SUMS = {line[66:]: line[:64] for line in (FOLDER / "SHA256SUMS").read_text().splitlines()}


def test_every_font_has_a_sum_and_a_source() -> None:
    fonts = {file.name for file in FOLDER.iterdir() if file.suffix in (".ttf", ".ttc", ".otf")}
    assert fonts == SUMS.keys()
    assert [name for name in fonts if f"`{name}`" not in (FOLDER / "README.md").read_text()] == []


@pytest.mark.parametrize("name", SUMS)
def test_a_font_is_what_it_was(name: str) -> None:
    assert sha256((FOLDER / name).read_bytes()).hexdigest() == SUMS[name]
