"""The pages of the documentation, and what can be checked in them."""

import re
from functools import cache
from pathlib import Path

import settings

ROOT = Path(settings.__file__).parents[1]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests/README.md")
    if path.is_file()
)


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """What stands below the heading `## title`."""
    _, found, rest = text(page).partition(f"\n## {title}\n")
    assert found, f"{page} has no section {title}"
    return rest.partition("\n## ")[0]


def shell_lines(page: str) -> list[str]:
    """The commands in the page's shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text(page), flags=re.MULTILINE | re.DOTALL)
    return [line.partition(" # ")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def rows(page_or_section: str) -> list[list[str]]:
    """The cells of every table row whose first cell is code; the backticks are taken off the first."""
    found = [line for line in page_or_section.splitlines() if line.startswith("| `")]
    cells = [re.split(r"(?<!\\)\|", line.strip("|")) for line in found]
    return [[first.strip().strip("`"), *(cell.strip() for cell in rest)] for first, *rest in cells]
