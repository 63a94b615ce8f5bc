"""Shell patterns of the settings, as `GIFT-*`: matched without regard to case."""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache


def fits(patterns: tuple[str, ...], word: str) -> bool:
    """Whether the word fits one of the patterns."""
    return _compiled(patterns).match(word) is not None


def covers(wide: Iterable[str], narrow: str) -> bool:
    """Whether whatever fits `narrow` surely fits one of the wide ones, too."""
    narrow = narrow.lower()
    if "[" in narrow:
        return any(each.lower() in (narrow, "*") for each in wide)
    shortest, longer = (narrow.replace("?", "\0").replace("*", some) for some in ("", "\0\0"))
    return any(fits((each,), shortest) and fits((each,), longer) for each in wide)


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)), re.IGNORECASE)
