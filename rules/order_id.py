"""Order ids as people paste them: with other dashes, blanks, `#` or quotes around, or only their last digits."""

import re
import unicodedata

LOOKS_LIKE = "an Amazon order id looks like 406-1234567-1234567"
_DASHES = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}\N{SOFT HYPHEN}\N{SMALL HYPHEN-MINUS}_]")
_WHOLE = re.compile(r"(?<![A-Z0-9])([A-Z0-9]\d{2})[\s-]*(\d{7})[\s-]*(\d{7})(?![A-Z0-9])")
_BLOCKS = re.compile(r"(?<![A-Z0-9])([A-Z0-9]?\d{1,5})[\s-]+(\d{1,10})[\s-]+(\d{1,10})(?![A-Z0-9])")
_END = re.compile(r"[^A-Z0-9]*((?:\d+[\s-]*)?\d{4,14})[^A-Z0-9]*")
_RIGHT = (3, 7, 7)
_MOST_OF_AN_END = 14
_PLACES = ("at the beginning", "in the middle", "at the end")


def order_id_in(pasted: str) -> str | None:
    """The one order id in what was pasted; None: there is none, or there are several."""
    found = order_ids_in(pasted)
    return found[0] if len(found) == 1 else None


def order_ids_in(pasted: str) -> list[str]:
    """Every order id in what was pasted, each once."""
    return list(dict.fromkeys("-".join(match.groups()) for match in _WHOLE.finditer(_plain(pasted))))


def end_in(pasted: str) -> str | None:
    """The end of an order id, as logs write it (`…2445376`), with its dashes; None: it is no such end."""
    if order_id_in(pasted) or blocks_in(pasted) or not (match := _END.fullmatch(_plain(pasted))):
        return None
    digits = re.sub(r"\D", "", match[1])
    return "-".join(filter(None, (digits[:-7], digits[-7:]))) if len(digits) <= _MOST_OF_AN_END else None


def blocks_in(pasted: str) -> tuple[str, str, str] | None:
    """The three blocks of what is meant for an order id, with however many digits; None: there are not three."""
    match = _BLOCKS.search(_plain(pasted))
    return (match[1], match[2], match[3]) if match else None


def what_is_wrong(pasted: str) -> str:
    """Why this is no order id, in words."""
    blocks = blocks_in(pasted)
    if blocks is None:
        digits = sum(map(str.isdigit, pasted))
        return f"{pasted!r} has {digits} digits; {LOOKS_LIKE}, 17 digits"
    for block, right, place in zip(blocks, _RIGHT, _PLACES, strict=True):
        if len(block) != right:
            return f"{'-'.join(blocks)} has {len(block)} digits {place}; {LOOKS_LIKE}"
    return f"{pasted!r} is not one order id; {LOOKS_LIKE}"


def _plain(pasted: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFKC", pasted) if unicodedata.category(c) != "Cf" or c == "\xad")
    return _DASHES.sub("-", text).upper()
