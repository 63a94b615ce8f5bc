"""Words of others (Amazon's, file names, messages) as they may be shown on a terminal and in a log."""

import unicodedata


def printable(text: str) -> str:
    """The text on one line: line breaks, tabs and odd spaces as a space, other control characters as an escape.

    So nothing can move the cursor, name a window, write from right to left, or look like a line of its own.
    """
    return text if text.isprintable() else "".join(map(_shown, text.rstrip("\r\n")))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\t\n\v\f\r\x85" or unicodedata.category(character)[0] == "Z":
        return " "
    return character.encode("unicode_escape").decode()
