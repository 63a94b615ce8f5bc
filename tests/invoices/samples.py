"""Invoices of every kind, drawn by Hypothesis with sums that agree, and one plain invoice."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from hypothesis import strategies as st

from invoices.document import Invoice, Kind, Line, Reference, Vat, VatCategory
from invoices.words import LANGUAGES
from rules.sale import Party

CENT = Decimal("0.01")
SELLER = Party("Atelier Dupré SARL", None, ("12 rue des Fabriques",), "69003", "Lyon", None, "FR", "FR40303265045")
BUYER = Party("Zoë Łukasiewicz", None, ("Königstraße 12", "3. OG"), "10115", "Berlin", None, "DE")
LINE = Line(
    "Bouilloire", Decimal(2), Decimal("41.66"), Decimal("79.15"), VatCategory.STANDARD, Decimal(20), Decimal("4.17")
)
PLAIN = Invoice(
    kind=Kind.INVOICE,
    number="2026-000123",
    issued_on=date(2026, 11, 22),
    language="fr",
    currency="EUR",
    seller=SELLER,
    buyer=BUYER,
    recipient=None,
    order_id="171-1234567-1234567",
    ordered_on=date(2026, 11, 18),
    supplied_on=date(2026, 11, 21),
    purchase_order="PO 4711",
    lines=(LINE,),
    vats=(Vat(VatCategory.STANDARD, Decimal(20), Decimal("79.15"), Decimal("15.83")),),
    net=Decimal("79.15"),
    vat=Decimal("15.83"),
    rounding=Decimal(0),
    gross=Decimal("94.98"),
    footer=("RCS Lyon 303 265 045",),
)

_TAXED = [(VatCategory.STANDARD, Decimal(rate)) for rate in ("20", "5.5", "19", "7", "25", "21.0", "2.1", "8")] + [
    (VatCategory.ZERO, Decimal(0))
]
_UNTAXED = [(category, Decimal(0)) for category in VatCategory if category not in "SZ"]
_BOTH_IDENTIFIED = {VatCategory.REVERSE_CHARGE, VatCategory.INTRA_COMMUNITY}
# Latin with its diacritics, Greek, Cyrillic, Han, kana, Hangul, Arabic; what typst or XML might mistake for markup
_LETTERS = "aZéłßÅøœžğİѝЖяΩλ田中太郎かナ한글서울北京محمدعبد09"
_SIGNS = " -.,'’&<>\"#*_$\\@[]{}`~/%=+–€№™\u200e\x07\ufffe"
_TITLES = _LETTERS + _SIGNS + "🎁✅★❤️👨‍👩‍👧"


def _texts(alphabet: str, longest: int = 40) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(_LETTERS), st.text(alphabet, max_size=longest)).map("".join)


def _cents(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 100).map(lambda cents: cents * CENT)


@st.composite
def _parties(draw: st.DrawFn, *, vat_number: bool) -> Party:
    country = draw(st.sampled_from(["FR", "DE", "IT", "ES", "NL", "PL", "SE", "GB", "US", "JP", "GR", "AE"]))
    prefix = {"GR": "EL", "JP": "FR", "AE": "DE", "US": "IE"}.get(country, country)
    return Party(
        name=draw(_texts(_LETTERS + _SIGNS)),
        company=draw(st.none() | _texts(_LETTERS + _SIGNS)),
        lines=tuple(draw(st.lists(_texts(_LETTERS + _SIGNS), max_size=4))),
        postal_code=draw(st.none() | st.sampled_from(["10115", "SW1A 1AA", "100-0005"])),
        city=draw(st.none() | _texts(_LETTERS)),
        region=draw(st.none() | st.just("Île-de-France")),
        country=country,
        vat_number=f"{prefix}{draw(st.integers(10**8, 10**9))}" if vat_number else None,
    )


@st.composite
def _lines(draw: st.DrawFn, category: VatCategory, rate: Decimal) -> Line:
    quantity = Decimal(draw(st.integers(1, 60)))
    price = Decimal(draw(st.integers(1, 10**9))) / draw(st.sampled_from([10**2, 10**4, 10**6]))
    whole = quantity * price
    discount = min(draw(st.just(Decimal(0)) | _cents(500)), whole.quantize(CENT, ROUND_HALF_UP))
    net = max((whole - discount).quantize(CENT, ROUND_HALF_UP), Decimal(0))
    sku = draw(st.none() | _texts(_LETTERS + "-_/", 30))
    return Line(draw(_texts(_TITLES, 120)), quantity, price, net, category, rate, discount, sku)


@st.composite
def invoices(draw: st.DrawFn, *, most_lines: int = 6) -> Invoice:
    groups = draw(
        st.lists(st.sampled_from(_TAXED), min_size=1, max_size=4, unique=True)
        | st.lists(st.sampled_from(_UNTAXED), min_size=1, max_size=1)
    )
    lines = [line for group in groups for line in draw(st.lists(_lines(*group), min_size=1, max_size=most_lines))]
    vats = [_vat(group, tuple(same)) for group, same in groupby(lines, lambda line: (line.category, line.rate))]
    net, vat = sum(each.net for each in vats), sum(each.vat for each in vats)
    rounding = draw(st.sampled_from([Decimal(0), CENT, -CENT]))
    kind = draw(st.sampled_from(Kind))
    issued_on = draw(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
    return Invoice(
        kind=kind,
        number=f"{draw(st.sampled_from(['', 'INV-', 'C', 'Né/']))}2026-{draw(st.integers(1, 999_999)):06}",
        issued_on=issued_on,
        language=draw(st.sampled_from(LANGUAGES)),
        currency=draw(st.sampled_from(["EUR", "GBP", "PLN", "SEK", "USD", "CZK", "DKK"])),
        seller=draw(_parties(vat_number=True)),
        buyer=draw(
            _parties(vat_number=bool(_BOTH_IDENTIFIED & {category for category, _ in groups}) or draw(st.booleans()))
        ),
        recipient=draw(st.none() | _parties(vat_number=False)),
        order_id=f"171-{draw(st.integers(0, 9_999_999)):07}-1234567",
        ordered_on=issued_on - timedelta(days=3),
        supplied_on=issued_on - timedelta(days=1),
        purchase_order=draw(st.none() | _texts(_LETTERS + "-/")),
        lines=tuple(lines),
        vats=tuple(vats),
        net=Decimal(net),
        vat=Decimal(vat),
        rounding=rounding,
        gross=Decimal(net + vat + rounding),
        original=Reference("2026-000001", issued_on - timedelta(days=9)) if kind == Kind.CREDIT_NOTE else None,
        notes=tuple(draw(st.lists(_texts(_LETTERS + _SIGNS), max_size=2))),
        footer=tuple(draw(st.lists(_texts(_LETTERS + _SIGNS), max_size=3))),
    )


def _vat(group: tuple[VatCategory, Decimal], lines: tuple[Line, ...]) -> Vat:
    category, rate = group
    net = sum((line.net for line in lines), Decimal(0))
    return Vat(category, rate, net, (net * rate / 100).quantize(CENT, ROUND_HALF_UP))
