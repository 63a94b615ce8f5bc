"""Sanitises third-party text for PDF and XML."""

import re

from rules.sale import Party

# controls, lone surrogates and non-characters, most of which XML forbids; marks that turn the direction of what follows
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def plain(text: str) -> str:
    """On one line, with no character that cannot be seen or written."""
    return " ".join(_UNFIT.sub(" ", text).split())


def names(party: Party) -> tuple[str, ...]:
    """The company, if there is one, and the person."""
    found = (plain(party.company or ""), plain(party.name))
    return tuple(dict.fromkeys(name for name in found if name))
