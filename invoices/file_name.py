"""The invoice's number in the name of its PDF, where the name leaves no doubt."""

import re

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_D, _M = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_TIME = r"(?:[\s_T]+(?:[01]\d|2[0-3])[-.:h]?[0-5]\d(?:[-.:]?[0-5]\d)?)?"
_COPY = r"(?:copy|kopie|copie|copia|kopia|page|seite|part|teil)(?:[\s_-]*\d{1,2})?"
_VERSION = r"(?:v|ver|version|rev)[.\s_-]*\d{1,2}(?:\.\d{1,2})?"
_END = r"(?=$|[\s_()\[\]])"
_NO_NUMBER = re.compile(
    rf"\(\d{{1,2}}\)|(?:^|(?<=[\s_()\[\]-]))(?:{_COPY}|{_VERSION}){_END}"
    rf"|(?:^|(?<=[\s_()\[\]]))(?:{_YEAR}([-._]?){_MONTH}\1{_DAY}|{_D}([-._]){_M}\2{_YEAR}){_TIME}{_END}",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:(?<![^\s_()\[\],;+])(?P<series>[A-Za-z]{1,4}_|[A-Z]{1,4} ))?"
    r"(?P<rest>[^\s_()\[\],;+]*\d[^\s_()\[\],;+]*(?:_\d+(?![^\s_()\[\],;+]))*)"
)
_WORD = re.compile(r"^(?=[^\W\d_]*[^\W\d_A-Z])[^\W\d_]{5,}-")  # Rechnung-RE-7, but not SHOPX-7
_NO_SERIES = frozenset(("bill", "de", "no", "nr", "num", "pdf", "scan"))
_IN_DOUBT = re.compile(rf"\d{{1,2}}|{_YEAR}(?:[-._]{_MONTH})?")  # a page, a copy, a month


class Doubtful(Exception):
    """It does not show which part of the name is the number."""


def number(stem: str, order_id: str) -> str | None:
    """What a file's name has beside the order's id, dates, marks of copies and plain words: RE-7, or INV_2026_00117.

    None: nothing that is a number. Raises Doubtful.
    """
    pieces = [_NO_NUMBER.sub("()", piece.strip(" _-.,;#")) for piece in stem.split(order_id)]
    found = list(dict.fromkeys(_with_series(each) for piece in pieces for each in _NUMBER.finditer(piece)))
    if re.search(r"[\x00-\x1f\x7f]", stem) or len(found) > 1 or (found and _IN_DOUBT.fullmatch(found[0])):
        raise Doubtful
    return found[0] if found else None


def holds(stem: str, order_id: str, number: str) -> bool:
    """INV/2026/00117 is INV_2026_00117 in a file's name."""
    digits_and_letters = re.findall(r"[0-9a-z]", number.lower())
    wanted = "(?<![0-9a-z])" + "[^0-9a-z]?".join(digits_and_letters) + "(?![0-9a-z])"
    return bool(re.search(wanted, stem.lower().replace(order_id, " ")))


def _with_series(found: re.Match[str]) -> str:
    series = found["series"] or ""
    rest = _WORD.sub("", found["rest"].strip("-.#"), count=1)
    return rest if series[:-1].lower() in _NO_SERIES else series + rest
