"""Text that every database and every file can keep, and no spreadsheet runs."""

import re

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four are wide forms of the first four
_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")


def storable(text: str) -> str:
    """Without what no database and no UTF-8 takes: NUL, and halves of characters."""
    if text.isascii() and "\0" not in text:  # nearly all of what Amazon says, told in a tenth of the time
        return text
    return _HALF_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text).replace("\0", "\N{REPLACEMENT CHARACTER}")


def harmless(text: str) -> str:
    """The text as a cell that a spreadsheet takes for text: what begins like a formula has an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
