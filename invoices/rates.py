"""The legal VAT rates of Europe, and where its VAT does not reach.

As of November 2026: European Commission, "VAT rates applied in the Member States" and the Taxes in Europe Database;
gov.uk, "VAT rates". Only used to recognise the rate behind an amount of VAT; one that is missing here is calculated.
"""

from decimal import Decimal

_RATES = {
    "AT": "20 13 10",
    "BE": "21 12 6",
    "BG": "20 9",
    "CY": "19 9 5 3",
    "CZ": "21 12",
    "DE": "19 7",
    "DK": "25",
    "EE": "24 13 9",
    "ES": "21 10 4",
    "FI": "25.5 13.5 10",
    "FR": "20 10 5.5 2.1",
    "GB": "20 5",
    "GR": "24 13 6",
    "HR": "25 13 5",
    "HU": "27 18 5",
    "IE": "23 13.5 9 4.8",
    "IT": "22 10 5 4",
    "LT": "21 12 5",
    "LU": "17 14 8 3",
    "LV": "21 12 5",
    "MT": "18 12 7 5",
    "NL": "21 9",
    "PL": "23 8 5",
    "PT": "23 13 6",
    "RO": "21 11",
    "SE": "25 12 6",
    "SI": "22 9.5 5",
    "SK": "23 19 5",
}
RATES = {country: tuple(map(Decimal, rates.split())) for country, rates in _RATES.items()}
"""By country (ISO 3166), in per cent, without zero."""
EU = frozenset(RATES) - {"GB"}

_SAME = {
    "MC": "FR",
    "IM": "GB",
}  # Monaco and the Isle of Man count as France and Britain: Directive 2006/112/EC, article 7
_OUTSIDE = {  # postal codes of the parts of the EU where its VAT does not apply: Directive 2006/112/EC, article 6
    "DE": ("27498", "78266"),  # Heligoland, Büsingen
    "ES": ("35", "38", "51", "52"),  # the Canary Islands, Ceuta, Melilla
    "FI": ("22",),  # Åland
    "FR": ("97", "98"),  # overseas
    "GR": ("63086",),  # Mount Athos
    "IT": ("22061", "23041"),  # Campione, Livigno
}


def vat_country(country: str, postal_code: str | None) -> str | None:
    """The country whose VAT applies there; None: a part of an EU country to which the EU's VAT does not reach."""
    country = _SAME.get(country, country)
    if (postal_code or "").replace(" ", "").startswith(_OUTSIDE.get(country, ())):
        return None
    return country
