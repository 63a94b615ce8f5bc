"""Words of others made fit to be kept and shown: one line, of bounded length, without secrets and people's data."""

import re

from rules.text import storable

LONGEST = 500
"""Characters of a sentence that are kept."""

ORDER_ID = re.compile(r"\b\w{3}-\d{7}-\d{7}\b")
# Access, refresh and client secrets of Login with Amazon; any text that long and dense is a token or a signature, too.
_SECRET = re.compile(r"(?i)\b(?:Atz[ar]\||amzn1\.)\S*|[\w|+/=.~%-]{60,}")
_EMAIL = re.compile(r"\S+@\S+")
_PHONE = re.compile(
    r"(?<![\w-])(?:\+|00|0(?=\d))[1-9][\d ()./-]{6,}\d|(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"
)
_STREET = r"street|road|avenue|boulevard|lane|drive|rue|place|calle|avenida|plaza|piazza|ulica|straat|laan"
_ADDRESS = re.compile(
    rf"(?i)\b\d{{1,5}}\w?,? (?:[^\W\d][\w'.-]*,? ){{0,4}}?(?:{_STREET}|st\.|rd\.|ave\.)(?!\w)[^;:|]*"
    rf"|\b(?:{_STREET}|via|corso) (?:[^\W\d][\w'.-]* ){{1,4}}\d{{1,5}}\w?\b[^;:|]*"
    r"|\b[\w-]*(?:straße|strasse|str\.|weg|platz|gasse|allee|straat|laan|gatan) \d{1,5}\w?\b[^;:|]*"
)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u061c\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]+")


def clean(words: str, longest: int = LONGEST) -> str:
    """`words` on one line, shortened; tokens, e-mail and postal addresses and telephone numbers become "…"."""
    words = _UNSEEN.sub(" ", storable(words[: 8 * longest]))
    for pattern in (_SECRET, _EMAIL, _PHONE, _ADDRESS):
        words = pattern.sub("…", words)
    return words.strip()[:longest]


def identifier(text: object, longest: int = 255) -> str | None:
    """`text` if it can be an id: printable ASCII without spaces, not too long."""
    if isinstance(text, str) and 0 < len(text) <= longest and text.isascii() and text.isprintable() and " " not in text:
        return text
    return None
