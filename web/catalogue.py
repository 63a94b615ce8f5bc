"""The words of each language, compiled from web/words/*/*.po when they are first needed. The code speaks English."""

import gettext
import re
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

WORDS = Path(__file__).parent / "words"
LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch"}
"""By their code, as each calls itself; the first is that of the code."""

PLURAL = {"fr": "n > 1", "de": "n != 1"}
"""Which of the two forms in the .po a number takes."""

_KEPT_TOGETHER = {" :": "\u00a0:", " ;": "\u202f;", " ?": "\u202f?", " !": "\u202f!", "« ": "«\u00a0", " »": "\u00a0»"}
"""French has a space before these signs, at which no line breaks; in the .po it is a common one."""


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations into that language."""
    if not (WORDS / language).is_dir():
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, translations(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translations(language: str) -> Catalog:
    """All files of a language together; each page may have its own."""
    found = Catalog(language)
    found.mime_headers = [("Plural-Forms", f"nplurals=2; plural={PLURAL[language]};")]
    for file in sorted((WORDS / language).glob("*.po")):
        with file.open("rb") as po:
            for message in read_po(po, language):
                if message.id:
                    found.add(message.id, _set(message.string) if language == "fr" else message.string)
    return found


def _set(words: str | Iterable[str] | None) -> str | tuple[str, ...]:
    """As a French printer sets it; a sentence with a plural has two forms."""
    if isinstance(words, str):
        return re.sub(r" [:;?!»]|« ", lambda sign: _KEPT_TOGETHER[sign[0]], words)
    return tuple(str(_set(each)) for each in words or ())
