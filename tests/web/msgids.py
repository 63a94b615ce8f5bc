"""Every sentence that the page may say, found in the code: what must be translated."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

from rules.brakes import Brake
from rules.reason import Reason
from tasks.audit import Act
from tasks.kept_words import KEPT_WORDS
from tasks.status import Health
from web.catalogue import LANGUAGES
from web.complaints import WRONG
from web.pages.known import _FULFILLED, _PARCEL, _STATUS
from web.person import Role
from web.render import PLACES
from web.tongue import _WORDS

ROOT = Path(__file__).parents[2]
ROOMS = ("web", "tasks", "rules")
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"_": None, "_n": (1, 2), "say": None, "count": (1, 2), "said": None}
TRANSLATED = [code for code in LANGUAGES if code != "en"]


@cache
def msgids() -> frozenset[str | tuple[str, str]]:
    """Sentences, and pairs of singular and plural."""
    found: set[str | tuple[str, str]] = set(_named())
    for room in ROOMS:
        for _file, _line, msgid, _comments, _context in extract_from_dir(ROOT / room, METHODS, keywords=KEYWORDS):
            found.add(msgid if isinstance(msgid, str) else (msgid[0], msgid[1]))
    return frozenset(each for each in found if isinstance(each, tuple) or _has_words(each))


def _has_words(sentence: str) -> bool:
    return re.search(r"[^\W\d_]", re.sub(r"{\w+}", "", sentence)) is not None


def _named() -> Iterator[str]:
    """What is said by its name: it stands in the code as a value."""
    for reason in Reason:
        yield reason.meaning
        if reason.remedy:
            yield reason.remedy
    yield from WRONG
    yield from (brake.look_at for brake in Brake)
    yield from (act.value.replace("_", " ") for act in Act)
    yield from (*KEPT_WORDS, *_WORDS.values(), *_STATUS.values(), *_PARCEL.values(), *_FULFILLED.values())
    for names in (Role, Health):
        yield from (each.value for each in names)
    for group in PLACES:
        yield from (name for _, name in group)
