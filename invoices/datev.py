"""DATEV's posting batch: EXTF 700, Buchungsstapel, version 13, in Windows-1252 with a decimal comma.

Source: DATEV's developer portal, "DATEV-Format": header and fields of the Buchungsstapel. One posting for each document
and rate, gross, against an account that knows its VAT by itself (Automatikkonto). Amounts in euro.

Checked against other programs: 31 fields of the header in this order (https://docs.rs/datev-types/0.4.0), header 700,
category 21, version 13, numbers of accounts from 4 to 8 digits (https://github.com/anti43/openyabs/wiki/DATEV-Export),
125 columns, Windows-1252 (https://github.com/seamless-engineering/datev-extf-mcp). Not checked: with DATEV's own
program (Prüfprogramm), and which of the 125 names a version 12 has not.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from invoices.booked import Entry
from rules.sale import CENT, to_cent
from settings.books import Books, account_of

ENCODING = "cp1252"
FIELDS = 125
CUSTOMERS = "10000"

_NAMES = (
    *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz"),
    *("WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1"),
    *("Belegfeld 2", "Skonto", "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank"),
    *("Sachverhalt", "Zinssperre", "Beleglink"),
    *(f"Beleginfo - {what} {n}" for n in range(1, 9) for what in ("Art", "Inhalt")),
    *("KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)"),
    *("EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L"),
    *("BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung"),
    *(f"Zusatzinformation - {what} {n}" for n in range(1, 21) for what in ("Art", "Inhalt")),
    *("Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp"),
    *("Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)"),
    *("Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz"),
    *("Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername"),
    *("Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis"),
    *("Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum"),
    *("Datum Zuord. Steuerperiode", "Fälligkeit", "Generalumkehr (GU)", "Steuersatz", "Land"),
    *("Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)"),
    "Abw. Skontokonto",
)
_AT = {name: place for place, name in enumerate(_NAMES)}


class NotBookable(Exception):
    """A document cannot be booked; the text says why, and what to type."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Who exports, and of which days: both included, within one calendar year."""

    books: Books
    since: date
    until: date
    made_at: datetime


def must_be_bookable(books: Books, found: Iterable[Entry]) -> None:
    """Raises NotBookable where an entry has no account, or no euro."""
    for each in found:
        _posting(books, each)


def batch(wish: Batch, found: Sequence[Entry]) -> bytes:
    """The file. Raises NotBookable where the settings lack a number, or an entry an account."""
    rows = (_header(wish), [_quoted(name) for name in _NAMES], *(_posting(wish.books, each) for each in found))
    return "".join(";".join(row) + "\r\n" for row in rows).encode(ENCODING, "replace")


def _header(wish: Batch) -> list[str]:
    books = wish.books
    if books.datev_consultant is None or books.datev_client is None:
        raise NotBookable("the settings need books.datev_consultant and books.datev_client")
    length = min(8, max(4, *(len(account) for account in (*books.revenue.values(), "8400"))))
    made = f"{wish.made_at:%Y%m%d%H%M%S}{wish.made_at.microsecond // 1000:03}"
    head = ['"EXTF"', "700", "21", '"Buchungsstapel"', "13", made, "", '"AO"', '"askonce"', '""']
    whose = [str(books.datev_consultant), str(books.datev_client), f"{wish.since.year}0101", str(length)]
    days = [f"{wish.since:%Y%m%d}", f"{wish.until:%Y%m%d}", '"Amazon"', '""', "1", "0", "0", '"EUR"']
    return [*head, *whose, *days, "", '""', "", "", '""', "", "", '""', '""']


def _posting(books: Books, entry: Entry) -> list[str]:
    account = account_of(books.revenue, entry.country, entry.rate_text, entry.category)
    if account is None:
        place = f"{entry.country} {entry.rate_text}".strip()
        raise NotBookable(f'{entry.number}: no account for "{place}". Name it in the settings: books.revenue')
    amount = in_euro(entry, entry.gross)
    row = [""] * FIELDS
    row[_AT["Umsatz (ohne Soll/Haben-Kz)"]] = german(abs(amount))
    row[_AT["Soll/Haben-Kennzeichen"]] = '"S"' if amount >= 0 else '"H"'
    row[_AT["WKZ Umsatz"]] = '"EUR"'
    row[_AT["Konto"]] = books.customers or CUSTOMERS
    row[_AT["Gegenkonto (ohne BU-Schlüssel)"]] = account
    row[_AT["Belegdatum"]] = f"{entry.issued_on:%d%m}"
    row[_AT["Belegfeld 1"]] = _quoted(re.sub(r"[^A-Za-z0-9$&%*+/-]", "-", entry.number)[:36])
    row[_AT["Buchungstext"]] = _quoted(f"Amazon {entry.order_id}"[:60])
    row[_AT["Festschreibung"]] = "0"
    if entry.distance_sale and not entry.business:
        row[_AT["EU-Land u. UStID (Bestimmung)"]] = _quoted(entry.country or "")
        row[_AT["EU-Steuersatz (Bestimmung)"]] = german(entry.rate or Decimal(0))
    elif entry.category == "K" and entry.buyer_vat_number:
        row[_AT["EU-Land u. UStID (Bestimmung)"]] = _quoted(entry.buyer_vat_number[:15])
    return row


def in_euro(entry: Entry, amount: Decimal) -> Decimal:
    """Raises NotBookable where the document has no official rate."""
    if entry.euros is None:
        raise NotBookable(f"{entry.number}: it is in {entry.currency}, and no rate to the euro is kept with it")
    return to_cent(amount * entry.euros)


def german(amount: Decimal) -> str:
    return f"{amount.quantize(CENT):f}".replace(".", ",")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
