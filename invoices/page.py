"""The page of an invoice: words, numbers and addresses as they are printed, set by typst (template.typ) as PDF/A-3b."""

import json
import os
import re
import unicodedata
from functools import cache
from hashlib import sha256
from importlib.resources import files
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from invoices import hybrid, xml
from invoices.document import Document, Invoice, Unmakeable
from invoices.view import view
from rules.reason import Reason

if TYPE_CHECKING:  # loaded when the first page is made: sellers without invoices need none of it
    from typst import Compiler, TypstError

_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed')
_TRIES = 10  # typst names several missing glyphs at once, but not always all
_JOINER = {"\u200d"}  # makes one symbol of several, which no font here has; typst would miss a letter beside it, too
_SAY_SOMETHING = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}  # letters, their marks, digits
_WITH_FONT = {
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "ARABIC",
    "DEVANAGARI",
    "CJK",
    "HANGUL",
    "HIRAGANA",
    "KATAKANA",
    "COMBINING",
}
"""How Unicode's names of characters begin, in the scripts of invoices/fonts."""
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")

_idle: "list[Compiler]" = []  # a compiler serves one thread at a time
_at_once = BoundedSemaphore(os.cpu_count() or 1)


def document(invoice: Invoice, logo: bytes | None) -> Document:
    """The PDF that is sent; with the EN 16931 XML in it (Factur-X), except where there is only sales tax.

    The same invoice and logo give the same bytes, with the same versions of the libraries. `logo`: PNG, JPEG or SVG.
    Raises Unmakeable (not_printable, buyer_data_missing).
    """
    page = view(invoice)
    pdf = typeset(page, logo) if invoice.sales_tax else _factur_x(page, logo, xml.write(invoice))
    return Document(pdf, sha256(pdf).hexdigest())


def _factur_x(page: dict[str, Any], logo: bytes | None, attached: bytes) -> bytes:
    return hybrid.declare(typeset(page, logo, attached.decode()))


def typeset(page: dict[str, Any], logo: bytes | None, attached: str = "", **how: Any) -> Any:
    """The PDF's bytes; `how` may ask the compiler for pictures instead."""
    from typst import TypstError

    page = _without(page, _JOINER)
    inputs = {"xml": attached, "logo": json.dumps(list(logo)) if logo else ""}
    with _at_once:
        compiler = _idle.pop() if _idle else _compiler()
        try:
            for _ in range(_TRIES):
                data = json.dumps(page, ensure_ascii=False)
                try:
                    return compiler.compile(sys_inputs={"data": data, **inputs}, **(how or {"pdf_standards": "a-3b"}))
                except TypstError as error:
                    page = _named(_without(page, missing := _unprintable(error, logo)), missing)
            raise Unmakeable(Reason.NOT_PRINTABLE, "too many scripts and symbols have no font here")
        finally:
            _idle.append(compiler)


@cache
def _fonts() -> Any:
    from typst import Fonts

    folder = str(files("invoices") / "fonts")
    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _compiler() -> "Compiler":
    from typst import Compiler

    template = str(files("invoices") / "template.typ")
    return Compiler(template, font_paths=_fonts(), ignore_system_fonts=True)


def _unprintable(error: "TypstError", logo: bytes | None) -> set[str]:
    """What has no glyph: symbols, and all letters of a script. Raises Unmakeable if it is something else."""
    found = _NO_GLYPH.findall(error.diagnostic)
    if not found:
        what = "logo" if logo else "page"
        why = " ".join(error.message.partition("`")[0].split())  # typst quotes the text in question, perhaps a name
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the {what} cannot be set: {why}")
    clusters = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), "".join(found))
    symbols = {each for each in clusters if not each.isascii()}  # 1 may come with a sign round it: 1 is no symbol
    if not symbols:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"no font here has the character U+{ord(max(clusters)):04X}")
    return symbols


def _named(page: dict[str, Any], missing: set[str]) -> dict[str, Any]:
    """Goods whose title has nothing left are named by their SKU. Raises Unmakeable if a person has no name left."""
    if not all(party["lines"][0] for party in page["parties"]):
        raise Unmakeable(Reason.NOT_PRINTABLE, f"no font here has the character U+{ord(max(missing)):04X}")
    lines = [line | {"description": line["description"] or " · ".join(line["small"][:1])} for line in page["lines"]]
    return page | {"lines": lines}


def _latin(text: str, characters: set[str]) -> str:
    """Without these characters; letters among them, and all others of a script without a font, become Latin ones."""
    from anyascii import anyascii  # few pages need it

    letters = {each for each in characters if unicodedata.category(each) in _SAY_SOMETHING}
    scripts = set(map(_script, letters)) - _WITH_FONT
    written = (str(anyascii(each)) if each in letters or _script(each) in scripts else each for each in text)
    return "".join(each for each in written if each not in characters)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _without(page: Any, characters: set[str]) -> Any:
    """A symbol that cannot be printed, such as an emoji in a product's title, is left out; the XML keeps it.

    A word in a script without a font is written in Latin letters.
    """
    if isinstance(page, str):
        if not characters or page.isascii():
            return page
        return " ".join(filter(None, _latin(page, characters).split(" ")))
    if isinstance(page, list):
        return [_without(each, characters) for each in page]
    return {key: _without(each, characters) for key, each in page.items()} if isinstance(page, dict) else page
