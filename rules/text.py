"""Text that every database and every file can keep."""

import re

_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")


def storable(text: str) -> str:
    """Without what no database and no UTF-8 takes: NUL, and halves of characters."""
    return _HALF_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text).replace("\0", "\N{REPLACEMENT CHARACTER}")
