"""The sales of a French ledger as a FEC: 18 columns, tabs, a decimal comma, in ISO 8859-15 (LPF, article A47 A-1).

Checked: names and order of the columns, signs and dates (Odoo's l10n_fr_fec; ACD's note on the FEC of 2014,
https://paperzz.com/doc/5419099/informations---fichier-des-ecritures-comptables), the file's name (SIREN, FEC, the last
day of the year), and that ASCII, ISO 8859-15 and EBCDIC are the only character sets (article A47 A-1, III, 1°:
https://juriblio.fr/codes/livre-des-procedures-fiscales/partie-reglementaire-arretes/troisieme-partie/titre-ii/chapitre-premier/section-iii/article-a47-a-1).
Not checked: with the tax office's own program, Test Compta Demat.

For each document one balanced entry in euro: the customers' account on one side, sales and VAT by rate on the other. It
is the sales journal, to be imported into the ledger of which the whole FEC is made.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from invoices.booked import Entry
from invoices.datev import german, in_euro
from invoices.document import Kind
from rules.sale import ZERO
from settings.books import Books, account_of

ENCODING = "iso8859-15"
COLUMNS = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib"),
    *("PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate"),
    *("Montantdevise", "Idevise"),
)
CUSTOMERS, REVENUE, VAT = "411000", "707000", "445710"
LOSS, GAIN = "658000", "758000"  # differences of rounding


def must_be_bookable(books: Books, found: Iterable[Entry]) -> None:
    """Raises NotBookable where an entry has no euro."""
    for each in found:
        list(_lines(books, each))


def journal(books: Books, found: Iterable[Entry]) -> bytes:
    """The file. Raises NotBookable."""
    documents = groupby(found, lambda entry: entry.number)
    rows = [COLUMNS, *(row for n, (_, each) in enumerate(documents, 1) for row in _entry(books, n, list(each)))]
    return "".join("\t".join(row) + "\r\n" for row in rows).encode(ENCODING, "replace")


def _entry(books: Books, number: int, of: list[Entry]) -> Iterator[tuple[str, ...]]:
    """The customers owe what the other lines come to, so that it balances in euro as well."""
    lines = [line for each in of for line in _lines(books, each)]
    owed = sum((amount for _, _, amount, _ in lines), ZERO)
    own = sum((each.gross for each in of), ZERO)
    yield _row(of[0], number, books.customers or CUSTOMERS, "Clients Amazon", owed, own)
    for account, label, amount, foreign in lines:
        yield _row(of[0], number, account, label, -amount, -foreign)


def _lines(books: Books, entry: Entry) -> Iterator[tuple[str, str, Decimal, Decimal]]:
    """Account, its name, what is credited in euro, and the same in the document's currency."""
    place = (entry.country, entry.rate_text, entry.category)
    net = entry.gross - entry.rounding if entry.net is None else entry.net
    rate = f" {entry.rate_text} %".replace(".", ",") if entry.rate_text else ""
    yield account_of(books.revenue, *place) or REVENUE, f"Ventes{rate}", in_euro(entry, net), net
    if entry.vat:
        account = account_of(books.vat, *place) or VAT
        yield account, f"TVA collectée{rate}", in_euro(entry, entry.vat), entry.vat
    if entry.rounding:
        account = GAIN if entry.rounding > 0 else LOSS
        yield account, "Différences d'arrondi", in_euro(entry, entry.rounding), entry.rounding


def _row(entry: Entry, number: int, account: str, label: str, debit: Decimal, foreign: Decimal) -> tuple[str, ...]:
    """`debit`: negative is a credit."""
    day = f"{entry.issued_on:%Y%m%d}"
    what = "Facture" if entry.kind is Kind.INVOICE else "Avoir"
    sides = (german(max(debit, ZERO)), german(max(-debit, ZERO)))
    own = (german(foreign), entry.currency) if entry.currency != "EUR" else ("", "")
    head = ("VE", "Ventes", str(number), day, account, label, "", "")
    return (*head, entry.number, day, f"{what} {entry.number} Amazon {entry.order_id}", *sides, "", "", day, *own)
