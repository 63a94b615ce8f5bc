"""A table for people: ids, numbers and times are never cut, texts wrap, and what has no room goes under its row."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from worker.commands.cells import Cell, Tone

GAP = 2
"""Blanks between two columns."""
READABLE = 20
"""The columns that a text needs to be read; with fewer it goes under its row."""
LONGEST_WORD = 60
"""Columns up to which a word is kept whole, and a column is as wide as that."""
INDENT, BETWEEN = 4, " · "


def lay_out(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], width: int, *, under: Collection[str], coloured: bool
) -> Iterator[str]:
    """The lines of the table, none wider than `width`. A column without any value is left out.

    `under`: columns that stand under their row in any case.
    """
    columns = [_Column(name, [row[n] for row in rows]) for n, name in enumerate(headings)]
    beside, beneath = _places([each for each in columns if any(cell.text for cell in each.cells)], under, width)
    spread = bool(beneath) and all(any(each.cells[n].text for each in beneath) for n in range(len(rows)))
    _share(beside, width)
    indent = beside[0].width + GAP if beside[0].is_right else INDENT
    head = Tone.HEADING if coloured else None
    yield _beside([[each.padded(each.heading, head)] for each in beside], beside)[0]
    yield "─" * (sum(each.width for each in beside) + GAP * (len(beside) - 1))
    for n in range(len(rows)):
        if spread and n:
            yield ""
        yield from _beside([each.lines(n, coloured) for each in beside], beside)
        said = _under([each.cells[n] for each in beneath], beneath, width - indent, coloured)
        yield from (" " * indent + line for line in said)


class _Column:
    """One column: `least` is the narrowest that it may be, `most` what it would like."""

    def __init__(self, heading: str, cells: Sequence[Cell]) -> None:
        self.heading = heading
        self.cells = cells
        self.is_whole = all(cell.is_whole for cell in cells)
        self.is_right = all(cell.is_count or not cell.text for cell in cells)
        texts = (heading, *(cell.text for cell in cells))
        self.most = max(map(columns_of, texts))
        longest = max(min(columns_of(word), LONGEST_WORD) for text in texts for word in words_of(text))
        self.least = self.most if self.is_whole else max(longest, min(READABLE, self.most))
        self.width = self.least

    def lines(self, number: int, coloured: bool) -> list[str]:
        """The cell of that row, in the column's width."""
        cell = self.cells[number]
        return [self.padded(line, cell.tone if coloured else None) for line in wrapped(cell.text, self.width)]

    def padded(self, text: str, tone: Tone | None = None) -> str:
        blanks = " " * (self.width - columns_of(text))
        shown = tone.paint(text) if tone else text
        return blanks + shown if self.is_right else shown + blanks


def _places(columns: list[_Column], under: Collection[str], width: int) -> tuple[list[_Column], list[_Column]]:
    """The columns that stand beside each other, and those that go under the row: long texts first, then the last."""
    beside = [each for each in columns if each.heading not in under]
    while len(beside) > 1 and sum(each.least for each in beside) + GAP * (len(beside) - 1) > width:
        long = [each for each in beside if not each.is_whole and each.most > READABLE]
        beside.remove((long or beside)[-1])
    return beside, [each for each in columns if each not in beside]


def _share(columns: list[_Column], width: int) -> None:
    """Give what is left of the width to the texts that want it, the same to each."""
    left = width - sum(each.least for each in columns) - GAP * (len(columns) - 1)
    wanting = sorted((each for each in columns if each.most > each.least), key=lambda each: each.most - each.least)
    for number, each in enumerate(wanting):
        more = min(each.most - each.least, left // (len(wanting) - number))
        each.width += more
        left -= more
    if left < 0:
        columns[0].width += left  # one column alone, wider than the table: it is folded


def _beside(cells: Sequence[Sequence[str]], columns: Sequence[_Column]) -> list[str]:
    """One row's lines, from those of its cells."""
    empty = [" " * each.width for each in columns]
    rows = zip_longest(*cells)
    return [(" " * GAP).join(part or blank for part, blank in zip(row, empty, strict=True)).rstrip() for row in rows]


def _under(cells: Sequence[Cell], columns: Sequence[_Column], width: int, coloured: bool) -> Iterator[str]:
    """What stands under a row, with the headings: on one line if it has room there, else a line or more for each."""
    said = [
        (f"{column.heading}: {cell.text}", cell.tone if coloured else None)
        for cell, column in zip(cells, columns, strict=True)
        if cell.text
    ]
    is_short = columns_of(BETWEEN.join(text for text, _ in said)) <= width
    lines = [(text, tone) if is_short else (line, tone) for text, tone in said for line in wrapped(text, width)]
    painted = [tone.paint(line) if tone else line for line, tone in lines]
    yield from [BETWEEN.join(painted)] if is_short and painted else painted


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of so many columns; a word that is longer is folded. A command in backticks is one word."""
    lines: list[str] = []
    line = ""
    for word in words_of(text):
        joined = f"{line} {word}" if line else word
        if columns_of(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *folded, line = _folded(word, width)
        lines += folded
    return [*lines, line] if line or not lines else lines


def words_of(text: str) -> list[str]:
    """The words of the text, in which a command in backticks counts as one."""
    return re.findall(r"(?:`[^`]*`|\S)+|(?<= )(?= )", text) or [""]


def _folded(word: str, width: int) -> list[str]:
    parts = [""]
    for character in word:
        if parts[-1] and columns_of(parts[-1]) + columns_of(character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def columns_of(text: str) -> int:
    """How many columns a terminal gives the text: two to a wide character, none to a mark upon another one."""
    return len(text) if text.isascii() else sum(map(_columns_of_one, text))


def _columns_of_one(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
