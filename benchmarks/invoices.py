"""Invoices per second of one core, against the bare engine: typst and factur-x with the same data, and nothing else.

The engine is given the page and the XML ready-made; askonce words the page, writes the XML and hashes the file too.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from os import getpid
from statistics import median
from subprocess import run
from sys import executable
from time import process_time
from typing import Any

from benchmarks.figure import Figure
from benchmarks.memory import megabytes
from invoices import page, xml
from invoices.document import Invoice, Kind, Line, Vat, VatCategory
from invoices.view import view
from rules.sale import Party

ROUNDS = 5
DOCUMENTS = 40
MANY = 500
GOAL = 0.7
MEMORY_GOAL = 80
SIZE_GOAL = 60
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80">'
    b'<rect width="80" height="80" rx="16" fill="#175"/><rect x="100" y="26" width="200" height="28"/></svg>'
)


def measure() -> list[Figure]:
    first = page.document(invoice(0), LOGO)
    ours, bare = [], []
    _bare(view(invoice(0)), xml.write(invoice(0)))
    for start in range(0, 2 * ROUNDS * DOCUMENTS, 2 * DOCUMENTS):  # never the same invoice twice: typst remembers
        mine = [invoice(start + number) for number in range(DOCUMENTS)]
        theirs = [invoice(start + DOCUMENTS + number) for number in range(DOCUMENTS)]
        ours.append(_took([partial(page.document, each, LOGO) for each in mine]))
        bare.append(_took([partial(_bare, view(each), xml.write(each)) for each in theirs]))
    ratios = sorted(engine / whole for whole, engine in zip(ours, bare, strict=True))
    detail = (
        f"{DOCUMENTS} invoices of 4 lines: {1 / median(ours):.1f} documents a second of CPU, the bare engine "
        f"{1 / median(bare):.1f}; medians of {ROUNDS} rounds, whose ratios go from {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    added = float(run([executable, "-m", __name__], check=True, capture_output=True, text=True).stdout)
    return [
        Figure("invoices", median(ratios), GOAL, detail, more_is_better=True),
        Figure("invoices, memory", added, MEMORY_GOAL, f"what the first {MANY} add to a process at most", unit=" MB"),
        Figure("invoices, size", len(first.pdf) / 1000, SIZE_GOAL, "one page, 4 lines, logo, XML", unit=" kB"),
    ]


def invoice(number: int) -> Invoice:
    seller = Party("Atelier Dupré SARL", None, ("12 rue des Fabriques",), "69003", "Lyon", None, "FR", "FR40303265045")
    buyer = Party(f"Zoë Łukasiewicz {number}", "Grzyb & Söhne GmbH", ("Königstraße 12",), "10115", "Berlin", None, "DE")
    price = Decimal("41.658333")
    line = Line("Bouilloire en acier brossé", Decimal(2), price, Decimal("83.32"), VatCategory.STANDARD, Decimal(20))
    net, vat = 4 * line.net, Decimal("66.66")
    return Invoice(
        kind=Kind.INVOICE,
        number=f"2026-{number:06}",
        issued_on=date(2026, 11, 22),
        language="fr",
        currency="EUR",
        seller=seller,
        buyer=buyer,
        recipient=replace(buyer, company=None),
        order_id=f"171-{number:07}-1234567",
        ordered_on=date(2026, 11, 18),
        supplied_on=date(2026, 11, 21),
        purchase_order="PO-4711",
        lines=tuple(replace(line, sku=f"SKU-{number}-{each}") for each in range(4)),
        vats=(Vat(VatCategory.STANDARD, Decimal(20), net, vat),),
        net=net,
        vat=vat,
        rounding=Decimal(0),
        gross=net + vat,
        footer=("Atelier Dupré SARL au capital de 10 000 € · RCS Lyon 303 265 045",),
    )


def _took(acts: Sequence[Callable[[], object]]) -> float:
    """Seconds of CPU for each; typst's own threads count."""
    begun = process_time()
    for act in acts:
        act()
    return (process_time() - begun) / len(acts)


def _bare(shown: dict[str, Any], written: bytes) -> None:
    import facturx  # not where memory is measured

    pdf = page.typeset(shown, LOGO)
    facturx.generate_from_binary(pdf, written, level="en16931", afrelationship="alternative", check_xsd=False)


def main() -> None:
    """In a process of its own: make many, and print by how much its memory grew at most, in MB."""
    before = megabytes(getpid(), "VmRSS")
    for number in range(MANY):
        page.document(invoice(number), LOGO)
    print(megabytes(getpid(), "VmHWM") - before)


if __name__ == "__main__":
    main()
