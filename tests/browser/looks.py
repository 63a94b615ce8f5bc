"""In which themes and widths axe looks at a page."""

import pytest

IN_BOTH_THEMES = pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 375),
        pytest.param("light", 375, marks=pytest.mark.long),
        pytest.param("dark", 1280, marks=pytest.mark.long),
    ],
)
