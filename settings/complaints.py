"""What is wrong with the settings, all of it at once, each with what to type instead."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_SECRETS = re.compile(r"(?:amzn1\.|Atz[a-z]\||sk-)[^\s\"']*|[A-Za-z0-9+/_-]{40,}=*|(?<=://)[^\s\"']*@")
_SECRET_KEY = re.compile(r"(?i)^(.*(?:secret|token|passw|client|credential|api.?key|lwa)[^=:]*[=:]\s*)\S.*$")
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to mend. `where` is a place like `sellers.toml:12`, `remedy` is what to type.

    `shown` is that line with a mark under what is wrong, if there is one; two lines.
    """

    where: str
    what: str
    remedy: str
    shown: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. Type: {self.remedy}"


class SettingsError(Exception):
    """The settings cannot be used. `str()` has each complaint with its line; nothing that may be a secret is in it."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(map(_in_full, self.complaints)))


def _in_full(each: Complaint) -> str:
    return f"{each.where}: {each.what}\n{each.shown}\n  Type: {each.remedy}" if each.shown else str(each)


def marked(line: str, start: int, end: int) -> str:
    """The line, and a mark under the columns from `start` to `end`. What may be a secret, or may steer a terminal, is
    hidden."""
    before, part = (_plain(line[:start]), _plain(line[start:end])) if without_secrets(line) == line else ("", "")
    shown = _plain(without_secrets(line)).rstrip()
    blank = len(shown) - len(shown.lstrip())
    shown = shown.strip()[:_LONGEST]
    at = max(len(before) - blank, 0)
    mark = "^" * max(min(len(part.rstrip()), len(shown) - at), 1)
    return f"    {shown}\n    {' ' * at}{mark}" if at <= _LONGEST else f"    {shown}\n    ^"


def without_secrets(text: str) -> str:
    """The text with `…` in the place of what looks like a secret, or stands where one may."""
    return _SECRET_KEY.sub(r"\1…", _SECRETS.sub("…", text))


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else " " if each in "\t\u00a0" else "�" for each in text)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The nearest known word: `mno` and `Monday` both give `mon`."""
    word, by_lower = word.lower(), {k.lower(): k for k in known}
    near = difflib.get_close_matches(word, by_lower, n=1) or [k for k in by_lower if word.startswith(k)]
    return by_lower[near[0]] if near else None


def why_unreadable(error: OSError | ValueError) -> str:
    """The cause without the path or the content: in a `NAME_FILE` either may be a secret put in the wrong place."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"


def as_text(content: bytes) -> tuple[str, str]:
    """The text of a file, and what is wrong with its encoding, if anything. Of another encoding it is a good guess."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace"), "is saved in UTF-16, not UTF-8"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return content.decode("cp1252", "replace"), f"is not saved in UTF-8: see line {line}"
