"""The words of each language, compiled from web/words/*/*.po when they are first needed. The code speaks English."""

import gettext
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
                    found.add(message.id, message.string)
    return found
