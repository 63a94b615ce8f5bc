"""What was probably meant by a name: of a marketplace, or of anything nearly spelt like it."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from settings.marketplaces import MARKETPLACES, MARKETPLACES_BY_DOMAIN, MARKETPLACES_BY_ID
from settings.statements import CURLY
from settings.words import MARKETPLACES as MARKETPLACE_WORDS
from settings.words import plain

T = TypeVar("T")


def word_of(value: Any) -> str | None:
    return value.strip(f" \t\"'{CURLY}") if isinstance(value, str) else None


def near(word: str, names: Mapping[str, T]) -> T | None:
    """What is called nearly like that: short words are too easily another one."""
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.8) if len(word) > 4 else []
    return names[found[0]] if found else None


def marketplace(value: Any, *, typos: bool = True) -> str | None:
    """The code of a marketplace that was given by name, domain or id. Without `typos`, Austria is not Australia."""
    if not (word := word_of(value)):
        return None
    domain = re.sub(r"^(https?://)?(www\.|sellercentral\.)?", "", word.lower()).partition("/")[0]
    by_domain = MARKETPLACES_BY_DOMAIN.get(domain) or MARKETPLACES_BY_DOMAIN.get(f"amazon.{domain.lstrip('.')}")
    if word.upper() in MARKETPLACES:
        return word.upper()
    if found := MARKETPLACES_BY_ID.get(word.upper()) or by_domain:
        return found.code
    name = plain(word).removeprefix("amazon").strip(" .-")
    if name.upper() in MARKETPLACES:
        return name.upper()
    return MARKETPLACE_WORDS.get(name) or (near(name, MARKETPLACE_WORDS) if typos else None)
