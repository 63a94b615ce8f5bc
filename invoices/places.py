"""Where goods leave and arrive, as VAT law sees it: not every postal code is where its country's name says.

The sources stand beside each place; "Directive" is 2006/112/EC, the VAT Directive. As of November 2026.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from invoices.rates import EU, RATES

NORTHERN_IRELAND = "XI"
BRITISH = frozenset(("GB", NORTHERN_IRELAND))

_ARTICLE_6 = "Directive, article 6"
"""As of August 2025: Mount Athos, the Canary Islands, the French overseas territories, Åland, the Channel Islands,
Campione and the waters of Lake Lugano; Heligoland, Büsingen, Ceuta, Melilla and Livigno
(https://sintact.ro/legislatie/jurnalul-oficial-ue/directiva-2006-112-ce-28-nov-2006-privind-sistemul-comun-al-79115761/art-6)."""
_ARTICLE_7 = "Directive, article 7"


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of a country with a VAT of its own, or with another's, by its postal codes.

    `counts_as`: whose VAT applies (XI: Northern Ireland); None: that of no state known here. `rates`: the place's own
    legal rates, in the order of its country's.
    """

    name: str
    country: str  # as an address has it, ISO 3166
    codes: str  # a regular expression over the postal code, a blank, and the town; both in capitals
    counts_as: str | None
    source: str
    rates: tuple[Decimal, ...] = ()


def _rates(rates: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, rates.split()))


TERRITORIES = (
    Territory("Monaco", "FR", r"980\d\d", "FR", _ARTICLE_7),
    Territory("the French overseas territories", "FR", r"9[78]\d{3}", None, _ARTICLE_6),
    Territory("Heligoland", "DE", "27498", None, _ARTICLE_6),
    Territory("Büsingen", "DE", "78266|8238", None, _ARTICLE_6),
    Territory("the Canary Islands", "ES", r"3[58]\d{3}", None, _ARTICLE_6),
    Territory("Ceuta", "ES", r"51\d{3}", None, _ARTICLE_6),
    Territory("Melilla", "ES", r"52\d{3}", None, _ARTICLE_6),
    Territory("Åland", "FI", r"22\d{3}", None, _ARTICLE_6),
    # 63086 is Karyes; 63087 for Dafni is not verified, so it counts with the town's name alone
    Territory("Mount Athos", "GR", "63086|63087 .*(?:ATHO|OROS|DAFN|DAPHN|ΟΡΟΣ|ΌΡΟΣ|ΔΑΦΝ|ΔΆΦΝ)[^ ]*", None, _ARTICLE_6),
    Territory("Livigno", "IT", "23041|23030 LIVIGNO", None, _ARTICLE_6),
    Territory("Campione d'Italia", "IT", "22061|6911|22060 CAMPIONE", None, f"{_ARTICLE_6}, as of 2019/475/EU"),
    Territory("San Marino", "IT", r"4789\d", None, "no part of the EU: DPR 633/1972, article 71"),
    Territory("Vatican City", "IT", "00120", None, "no part of the EU: DPR 633/1972, article 71"),
    Territory("Greenland", "DK", r"39\d\d", None, "TFEU, article 355(2) and annex II"),
    Territory("Northern Cyprus", "CY", r"99\d{3}", None, "Act of Accession 2003, protocol 10, article 1"),
    Territory("Northern Ireland", "GB", r"BT\d.*", NORTHERN_IRELAND, "Windsor Framework, article 8 and annex 3"),
    Territory("Jersey", "GB", r"JE\d.*", None, "no part of the UK: Interpretation Act 1978, schedule 1"),
    Territory("Guernsey", "GB", r"GY\d.*", None, "no part of the UK: Interpretation Act 1978, schedule 1"),
    Territory("Gibraltar", "GB", r"GX\d.*", None, "no part of the UK, nor of the EU's VAT: Directive, article 5"),
    Territory("the Isle of Man", "GB", r"IM\d.*", "GB", "Isle of Man Act 1979, section 6"),
    Territory("Jungholz and Mittelberg", "AT", "6691|699[123]", "AT", "Directive, article 104", _rates("19 13 10")),
    Territory("Madeira", "PT", r"9[0-4]\d\d.*", "PT", "Directive, article 105", _rates("22 12 4")),
    Territory("the Azores", "PT", r"9[5-9]\d\d.*", "PT", "Directive, article 105", _rates("16 9 4")),
)
_FORCES = Territory("a forces' post office", "GB", r"BF1.*|BFPO.*", None, "its country is not said")
_SAME = {"MC": "FR", "IM": "GB", "EL": "GR", "UK": "GB"}
"""Monaco and the Isle of Man as above; other names of Greece and Britain. Akrotiri and Dhekelia, the British bases on
Cyprus, have addresses of Cyprus, whose VAT applies there (Directive, article 7)."""


@dataclass(frozen=True, slots=True)
class Place:
    """`country`: whose VAT applies there (ISO 3166, or XI); None: that of no state in the EU, nor of the UK.

    `known`: whether that can be told at all.
    """

    name: str
    country: str | None
    rates: tuple[Decimal, ...] = ()  # the legal ones there, the highest first
    known: bool = True

    @property
    def in_eu(self) -> bool:
        """Whether the EU's VAT applies to goods there."""
        return self.country in EU or self.country == NORTHERN_IRELAND


def place_of(country: str, postal_code: str | None = None, city: str | None = None) -> Place:
    """`country` as an address has it: ISO 3166, or one of Amazon's other names for it."""
    country = _SAME.get(country, country)
    where = f"{_tidy(postal_code, country)} {(city or '').upper()}"
    for each in (*TERRITORIES, _FORCES):
        if each.country == country and re.match(rf"(?:{each.codes})(?![^ ])", where):
            rates = each.rates or RATES.get("GB" if each.counts_as == NORTHERN_IRELAND else each.counts_as or "", ())
            return Place(each.name, each.counts_as, rates, known=each is not _FORCES)
    if country == NORTHERN_IRELAND:
        return Place("Northern Ireland", country, RATES["GB"])
    return Place(country, country, RATES.get(country, ()))


def leaves(origin: Place, destination: Place) -> bool:
    """Whether goods on this way leave the VAT area they are in: an export."""
    if not destination.known:
        return False
    if origin.country in BRITISH and destination.country in BRITISH:
        return False
    return not (origin.country != "GB" and destination.in_eu)


def crosses(origin: Place, destination: Place) -> bool:
    """Whether goods go from one member state to another, for which Northern Ireland counts."""
    return origin.in_eu and destination.in_eu and origin.country != destination.country


def rate_there(rate: Decimal, place: Place) -> Decimal:
    """A country's rate as it is in this part of it: Madeira has 22 % for Portugal's 23 %."""
    usual: Iterable[Decimal] = RATES.get(place.country or "", ())
    return dict(zip(usual, place.rates, strict=False)).get(rate, rate)


def _tidy(postal_code: str | None, country: str) -> str:
    """Without blanks, dashes and the country's letters before it."""
    code = re.sub(r"[\s-]", "", (postal_code or "").upper())
    return code if country == "GB" else re.sub(r"^[A-Z]{1,3}(?=\d)", "", code)
