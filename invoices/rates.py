"""The legal VAT rates of Europe. Parts of a country with rates of their own: invoices/places.py.

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
