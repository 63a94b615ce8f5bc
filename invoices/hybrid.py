"""What makes a PDF/A-3 with an XML inside a Factur-X one, and the way back to the XML.

typst embeds the file; the four properties by which programs know it as Factur-X belong in the PDF's metadata (XMP),
which typst cannot extend. They are added as an incremental update (ISO 32000-1, 7.5.6): a new version of the one
object, after the end.
"""

import ctypes
import re
from concurrent.futures import Future
from io import BytesIO
from threading import Thread

FILE_NAME = "factur-x.xml"

READING = 20.0
"""Seconds that reading a PDF may take: some are made so that it never ends."""
MOST_OF_AN_XML = 5_000_000  # bytes

_FILE_NAMES = {FILE_NAME, "zugferd-invoice.xml", "xrechnung.xml"}
_INVOICE = re.compile(rb"<[\w:]*(CrossIndustryInvoice|CrossIndustryDocument|Invoice|CreditNote)[\s>]")
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": (FILE_NAME, "The name of the embedded XML document"),
    "DocumentType": ("INVOICE", "The type of the hybrid document"),
    "Version": ("1.0", "The version of the standard of the embedded XML document"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded XML document"),
}
_SCHEMAS = b"<pdfaExtension:schemas><rdf:Bag>"
_END = b"</rdf:RDF>"


def _schema() -> bytes:
    """Describes the properties: PDF/A allows none that is not described (ISO 19005-3, 6.6.2.3)."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, (_value, meaning) in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()


def _values() -> bytes:
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _meaning) in _PROPERTIES.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{values}</rdf:Description>'.encode()


def declare(pdf: bytes) -> bytes:
    """The same file, which now says that it is Factur-X. `pdf` is typst's: one cross-reference table, plain XMP."""
    trailer, table = _trailer(pdf)
    number = _metadata(pdf)
    xmp = _xmp(pdf, table, number)
    assert xmp.count(_SCHEMAS) == xmp.count(_END) == 1, "typst writes XMP another way"
    xmp = xmp.replace(_SCHEMAS, _SCHEMAS + _schema()).replace(_END, _values() + _END)
    head = b"\n%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\n" % (number, len(xmp))
    update = head + b"stream\n" + xmp + b"\nendstream\nendobj\n"
    entry = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(pdf) + 1)
    dictionary = trailer.removesuffix(b">>") + b"/Prev %d>>" % table
    end = b"\nstartxref\n%d\n%%%%EOF" % (len(pdf) + len(update))
    return pdf + update + entry + dictionary + end


def _trailer(pdf: bytes) -> tuple[bytes, int]:
    """The trailer's text, and where the cross-reference table begins."""
    found = re.compile(rb"(trailer\n.*?)\nstartxref\n(\d+)\n%%EOF$", re.DOTALL).search(pdf, pdf.rindex(b"trailer\n"))
    assert found, "typst writes the trailer another way"
    return found[1], int(found[2])


def _metadata(pdf: bytes) -> int:
    """The number of the object that holds the XMP. The catalogue is the last object."""
    found = re.compile(rb"/Metadata (\d+) 0 R").search(pdf, pdf.rindex(b"/Type/Catalog"))
    assert found, "typst writes the catalogue another way"
    return int(found[1])


def _xmp(pdf: bytes, table: int, number: int) -> bytes:
    assert pdf.startswith(b"xref\n0 ", table), "typst writes the cross-references another way"
    entry = pdf.index(b"\n", table + len(b"xref\n")) + 1 + 20 * number  # an entry has 20 bytes, the offset first
    start = pdf.index(b"stream\n", int(pdf[entry : entry + 10])) + len(b"stream\n")
    return pdf[start : pdf.index(b"\nendstream", start)]


class Unreadable(Exception):
    """These bytes are no PDF that can be read; the text says why."""


def embedded(pdf: bytes) -> bytes | None:
    """The XML of a Factur-X, ZUGFeRD or XRechnung PDF; None: it is a PDF without. Raises Unreadable."""
    reading: Future[bytes | None] = Future()
    reader = Thread(target=_read, args=(pdf, reading), daemon=True, name="askonce-pdf")
    reader.start()
    try:
        return reading.result(READING)
    except TimeoutError:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(reader.ident or 0), ctypes.py_object(SystemExit))
        raise Unreadable("reading it takes too long") from None


def _read(pdf: bytes, reading: "Future[bytes | None]") -> None:
    """What pypdf raises on a broken file is not limited to its own errors: it costs this one PDF."""
    try:
        reading.set_result(_xml(pdf))
    except Unreadable as error:
        reading.set_exception(error)
    except (Exception, SystemExit):  # noqa: BLE001
        encrypted = b"/Encrypt" in pdf
        reading.set_exception(Unreadable("it is encrypted, or damaged" if encrypted else "it is damaged"))


def _xml(pdf: bytes) -> bytes | None:
    from pypdf import PdfReader  # only those need it who bring their own PDFs

    reader = PdfReader(BytesIO(pdf))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("it is locked with a password")
    if not reader.pages:
        raise Unreadable("it has no page")
    files = [(file, {file.name.lower(), (file.alternative_name or "").lower()}) for file in reader.attachment_list]
    known = [file for file, names in files if names & _FILE_NAMES]
    others = [file for file, names in files if any(name.endswith(".xml") for name in names)]
    for file in known or others:
        if len(xml := bytes(file.content)) > MOST_OF_AN_XML:
            raise Unreadable("a file within it is too large")
        if known or _INVOICE.search(xml[:2000]):
            return xml
    return None
