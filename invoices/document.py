"""The content of one invoice or credit note: all that is printed, summed and rounded. invoices/vat.py makes it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rules.reason import Reason
from rules.sale import Charge, Party


class Kind(StrEnum):
    """What the document is. Also the `action` under which it stands in the ledger."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class VatCategory(StrEnum):
    """EN 16931's code of how a line is taxed (UNTDID 5305)."""

    STANDARD = "S"  # any rate above zero
    ZERO = "Z"  # taxed at zero
    EXEMPT = "E"  # exempt, with a reason
    REVERSE_CHARGE = "AE"  # the buyer owes it
    EXPORT = "G"  # the goods leave the EU
    INTRA_COMMUNITY = "K"  # to a business in another country of the EU
    OUTSIDE = "O"  # no VAT at all: outside its scope


Pieces = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `net` = `net_price` × `quantity` − `discount`, to the cent; all without VAT, never negative.

    A credit note's amounts are positive too: the kind of the document says that they are credited.
    """

    description: str
    quantity: Decimal
    net_price: Decimal  # for one, up to 6 decimals
    net: Decimal
    category: VatCategory
    rate: Decimal  # per cent
    discount: Decimal = Decimal(0)  # net, for the whole quantity
    sku: str | None = None
    asin: str | None = None
    charge: Charge | None = None  # None: it was made before this was kept
    gross: Decimal | None = None  # what was paid for it, tax included; None: the same
    takes_back: int | None = None  # of a credit note: which line of its invoice, counted from 0


@dataclass(frozen=True, slots=True)
class Vat:
    """The VAT of all lines of one category and rate (EN 16931 BG-23)."""

    category: VatCategory
    rate: Decimal
    net: Decimal
    vat: Decimal
    exemption: str | None = None  # why there is none, in the invoice's language


@dataclass(frozen=True, slots=True)
class VatIn:
    """The VAT in the currency of the state where it is due: BT-6 and BT-111 (Directive 2006/112/EC, article 230)."""

    currency: str  # ISO 4217
    vat: Decimal
    rate: Decimal  # what one of the invoice's currency costs in this one
    day: date  # when the rate was published
    source: str  # by whom


@dataclass(frozen=True, slots=True)
class Reference:
    """The invoice that a credit note takes back."""

    number: str
    issued_on: date


@dataclass(frozen=True, slots=True, repr=False)
class Invoice:
    """One document. `gross` = `net` + `vat` + `rounding`; `gross` is to the cent what the buyer paid, or got back."""

    kind: Kind
    number: str
    issued_on: date  # the seller's calendar
    language: str  # one of invoices.words.LANGUAGES
    currency: str  # ISO 4217
    seller: Party
    buyer: Party
    recipient: Party | None  # None: the buyer
    order_id: str
    ordered_on: date
    supplied_on: date | None  # when it was shipped
    purchase_order: str | None
    lines: tuple[Line, ...]
    vats: tuple[Vat, ...]
    net: Decimal
    vat: Decimal
    rounding: Decimal
    gross: Decimal
    original: Reference | None = None  # credit notes only
    notes: tuple[str, ...] = ()  # legal sentences, in the invoice's language
    sales_tax: bool = False  # North America: `vats` is sales tax that Amazon collects, and there is no EN 16931 XML
    footer: tuple[str, ...] = field(default=())  # the seller's own legal lines
    marketplace: str = ""  # its code, as FR
    collected_by_amazon: bool = True  # North America: the sales tax
    annex: str = ""  # the seller's own text, on pages of its own
    pieces: Pieces = ()  # of a part of an order: what it bills, by Amazon's number of each item; (): of a whole order
    vat_in: VatIn | None = None  # None: the invoice is in that currency already, or has no VAT


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """What is sent, byte for byte."""

    pdf: bytes
    sha256: str  # hexadecimal, of `pdf`


class Unmakeable(Exception):
    """No document can be made; `detail` says why in a sentence without the buyer's data."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
