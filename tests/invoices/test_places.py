"""Whose VAT applies where, by real postal codes."""

import pytest

from invoices.places import TERRITORIES, place_of

PLACES = {
    "Paris": ("FR", "75011", "FR"),
    "Ajaccio": ("FR", "20000", "FR"),
    "Monaco": ("MC", "98000", "FR"),
    "Monaco, without a code": ("MC", None, "FR"),
    "Monaco, by its French address": ("FR", "98000", "FR"),
    "Pointe-à-Pitre": ("FR", "97110", None),
    "Gustavia": ("FR", "97133", None),
    "Fort-de-France": ("FR", "F-97200", None),
    "Cayenne": ("FR", "97300", None),
    "Saint-Denis": ("FR", "97400", None),
    "Saint-Pierre": ("FR", "97500", None),
    "Mamoudzou": ("FR", "97600", None),
    "Papeete": ("FR", "98713", None),
    "Nouméa": ("FR", "98800", None),
    "Réunion, by its own code": ("RE", "97400", "RE"),
    "Berlin": ("DE", "10115", "DE"),
    "Heligoland": ("DE", "27498", None),
    "Büsingen": ("DE", "D-78266", None),
    "Büsingen, by its Swiss code": ("DE", "8238", None),
    "Gailingen, beside it": ("DE", "78262", "DE"),
    "Madrid": ("ES", "28013", "ES"),
    "Las Palmas": ("ES", "35 001", None),
    "Santa Cruz de Tenerife": ("ES", "38003", None),
    "Alicante, that lost its zero": ("ES", "3500", "ES"),
    "Ceuta": ("ES", "51001", None),
    "Melilla": ("ES", "52001", None),
    "Helsinki": ("FI", "00100", "FI"),
    "Mariehamn": ("FI", "22100", None),
    "Mariehamn, by its own code": ("AX", "AX-22100", "AX"),
    "Athens": ("GR", "105 57", "GR"),
    "Athens, by the VAT's name of Greece": ("EL", "10557", "GR"),
    "Karyes": ("GR", "630 86", None),
    "Rome": ("IT", "00184", "IT"),
    "Livigno": ("IT", "23041", None),
    "Campione d'Italia": ("IT", "22061", None),
    "Campione d'Italia, by its Swiss code": ("IT", "6911", None),
    "San Marino": ("IT", "47890", None),
    "San Marino, by its own code": ("SM", "47890", "SM"),
    "Rimini, beside it": ("IT", "47921", "IT"),
    "Vatican City": ("IT", "00120", None),
    "Vatican City, by its own code": ("VA", "00120", "VA"),
    "Copenhagen": ("DK", "1050", "DK"),
    "Nuuk": ("DK", "3900", None),
    "Nicosia": ("CY", "1010", "CY"),
    "Akrotiri": ("CY", "4640", "CY"),
    "Northern Cyprus": ("CY", "99010", None),
    "Manchester": ("GB", "M1 1AE", "GB"),
    "Manchester, by Amazon's name of Britain": ("UK", "M1 1AE", "GB"),
    "Belfast": ("GB", "bt1 5gs", "XI"),
    "Bath, not Belfast": ("GB", "BA1 1LZ", "GB"),
    "Douglas": ("IM", "IM1 2AB", "GB"),
    "Douglas, by Britain's name": ("GB", "IM12AB", "GB"),
    "St Helier": ("GB", "JE2 3AB", None),
    "St Peter Port": ("GB", "GY1 1AA", None),
    "St Peter Port, by its own code": ("GG", "GY1 1AA", "GG"),
    "Gibraltar": ("GB", "GX11 1AA", None),
    "Jungholz": ("AT", "6691", "AT"),
    "Funchal": ("PT", "9000-042", "PT"),
    "Dublin": ("IE", "D02 AF30", "IE"),
    "Amsterdam": ("NL", "1012 AB", "NL"),
    "Zurich": ("CH", "8001", "CH"),
}


@pytest.mark.parametrize(("country", "postal_code", "expected"), PLACES.values(), ids=PLACES)
def test_whose_vat_applies_there(country: str, postal_code: str | None, expected: str | None) -> None:
    assert place_of(country, postal_code).country == expected


WITH_TOWN = {
    "Livigno": ("IT", "23030", "Livigno", None),
    "Valdidentro": ("IT", "23030", "Valdidentro", "IT"),
    "Dafni": ("GR", "63087", "Dafni, Mount Athos", None),
    "Dafni, in Greek": ("GR", "63087", "Άγιον Όρος", None),
    "of the same code, elsewhere": ("GR", "63087", "Ormos Panagias", "GR"),
}


@pytest.mark.parametrize(("country", "postal_code", "city", "expected"), WITH_TOWN.values(), ids=WITH_TOWN)
def test_a_postal_code_that_is_shared_or_not_sure_needs_the_town(
    country: str, postal_code: str, city: str, expected: str | None
) -> None:
    assert place_of(country, postal_code, city).country == expected


def test_every_place_has_its_source() -> None:
    assert all(each.source for each in TERRITORIES)
