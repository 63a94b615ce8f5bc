"""What people write instead of what these settings know, in the languages of the marketplaces, and what it means."""

import re
from collections.abc import Callable

import pytest

from settings.complaints import Complaint

Complaints = Callable[..., tuple[Complaint, ...]]

SHOP = '[sellers.my-shop]\nregion = "eu"\n'
MARKETS = f'{SHOP}marketplaces = ["FR"]\n'
REVIEWS = f"{MARKETS}[sellers.my-shop.review_requests]\n"

DAYS = {
    "English": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "French": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "French, short": "lun. mar. mer. jeu. ven. sam. dim.",
    "German": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "German, short": "Mo Di Mi Do Fr Sa So",
    "Spanish": "lunes martes miércoles jueves viernes sábado domingo",
    "Italian": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "Italian without accents": "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "Dutch": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "Dutch, short": "ma di wo do vr za zo",
    "Polish": "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "Polish, short": "pon wt śr czw pt sob ndz",
    "Polish without accents": "poniedzialek wtorek sroda czwartek piatek sobota niedziela",
    "Swedish": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "Swedish, short": "mån tis ons tors fre lör sön",
    "Turkish": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
    "Portuguese": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "Japanese": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
    "Arabic": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "capitals": "LUNDI MARDI MERCREDI JEUDI VENDREDI SAMEDI DIMANCHE",
    "typos": "Mondey Teusday Wendesday Thrusday Firday Saterday Sundey",
}
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RANGES = [
    *("mon-fri", "Mo–Fr", "mon to fri", "lundi au vendredi", "du lundi au vendredi", "von Montag bis Freitag"),
    *("de lunes a viernes", "da lunedì a venerdì", "maandag t/m vrijdag", "od poniedziałku do piątku"),
    *("måndag till fredag", "weekdays"),
]
ON = "yes Oui ja sí sì tak on 1 wahr vrai vero waar aan på prawda evet TRUE enabled ein"
OFF = "no non nein nee nej nie off 0 falsch faux falso onwaar uit av fałsz hayır FALSE disabled aus"
NINE_TO_TWELVE = [
    *("9h-12h", "9-12", "9:00-12:00", "09:00 - 12:00", "9am-12pm", "9 a.m. - 12 p.m.", "9h00/12h00", "0900-1200"),
    *("de 9h à 12h", "entre 9h et midi", "von 9 bis 12 Uhr", "9–12 Uhr", "zwischen 9 und 12", "de 9 a 12"),
    *("entre las 9 y las 12", "dalle 9 alle 12", "van 9 tot 12 uur", "9u-12u", "od 9 do 12", "kl. 9-12", "9 till 12"),
    *("from 9 to noon", "09:00:00-12:00:00", "9.00-12.00"),
]
AFTERNOON = ["2-6pm", "2pm-6pm", "14h–18h", "2 p.m. to 6 p.m.", "14.00 bis 18.00 Uhr"]
GERMANY = (
    "Germany Deutschland Allemagne Alemania Germania Duitsland Niemcy Tyskland Almanya de DEU amazon.de A1PA6795UKMFR9"
)
BRITAIN = [
    *("GB", "Great Britain", "United Kingdom", "Royaume-Uni", "Großbritannien", "Reino Unido", "Regno Unito"),
    *("Verenigd Koninkrijk", "Wielka Brytania", "Storbritannien", "https://www.amazon.co.uk/", "Amazon UK"),
]
ZONES = {
    **dict.fromkeys(("paris", "Europe/paris", "Europa/Paris", "CEST", "Heure de Paris"), "Europe/Paris"),
    **dict.fromkeys(("MEZ", "Berlin", "München", "Germany", "DE"), "Europe/Berlin"),
    **dict.fromkeys(("Milano", "Rom", "Roma", "Italy"), "Europe/Rome"),
    **dict.fromkeys(("Warszawa", "Varsovie", "Warschau"), "Europe/Warsaw"),
    **dict.fromkeys(("New York", "America/New York", "Eastern Time"), "America/New_York"),
    **dict.fromkeys(("PST", "Pacific"), "America/Los_Angeles"),
}
NUMBERS = {
    "freshness_hours": {"6 h": "6", "6 heures": "6", "90 min": "1.5", "1 Tag": "24", "2 giorni": "48", "6,5": "6.5"},
    "review_requests.daily_limit": {"300/day": "300", "300 pro Tag": "300", "1.000": "1000", "1 000": "1000"},
    "review_requests.exclude.order_value_above": {
        "5,50 €": "5.50",
        "€ 20": "20",
        "20 zł": "20",
        "200 kr": "200",
        "EUR 5": "5",
        "1.234,56": "1234.56",
        "1,234.56": "1234.56",
        "1 000,00": "1000.00",
    },
    "review_requests.day_range": {"7-25": "[7, 25]", "7 à 25 jours": "[7, 25]", "1 week to 3 weeks": "[7, 21]"},
}
UNTOLD = {  # what nobody can tell is not turned into another unit, or a thousand times as much
    "a limit by the hour": ("review_requests.daily_limit", "300 per hour"),
    "a thousand or a one": ("review_requests.exclude.order_value_above", "1,000"),
    "a weight": ("review_requests.exclude.order_value_above", "20 kg"),
    "hours of a limit": ("freshness_hours", "6 km"),
}


def typed(complaints: Complaints, text: str) -> str:
    """What to type, where one thing is wrong."""
    found = complaints(text)
    assert len(found) == 1, found
    return found[0].remedy


@pytest.mark.parametrize("language", DAYS)
def test_the_days_of_the_week(complaints: Complaints, language: str) -> None:
    for word, code in zip(DAYS[language].split(), WEEK, strict=True):
        assert typed(complaints, f'{REVIEWS}weekdays = ["{word}"]\n') == f'weekdays = ["{code}"]', word


@pytest.mark.parametrize("words", RANGES)
def test_from_one_day_to_another(complaints: Complaints, words: str) -> None:
    assert typed(complaints, f'{REVIEWS}weekdays = "{words}"\n') == 'weekdays = ["mon", "tue", "wed", "thu", "fri"]'


@pytest.mark.parametrize(("words", "means"), [(ON.split(), "true"), (OFF.split(), "false")], ids=["on", "off"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_switches(complaints: Complaints, words: list[str], means: str, quote: str) -> None:
    for word in words:
        [found] = complaints(f"{MARKETS}live = {quote}{word}{quote}\n")
        assert (found.what, found.remedy) == ("live must be true or false", f"live = {means}"), word


@pytest.mark.parametrize(
    ("words", "means"), [(NINE_TO_TWELVE, "09:00-12:00"), (AFTERNOON, "14:00-18:00")], ids=["morning", "afternoon"]
)
def test_hours(complaints: Complaints, words: list[str], means: str) -> None:
    for word in words:
        assert typed(complaints, f'{REVIEWS}time_slots = ["{word}"]\n') == f'time_slots = ["{means}"]', word


@pytest.mark.parametrize(("words", "code"), [(GERMANY.split(), "DE"), (BRITAIN, "UK")], ids=["Germany", "Britain"])
def test_marketplaces_by_name_domain_and_id(complaints: Complaints, words: list[str], code: str) -> None:
    for word in words:
        assert typed(complaints, f'{SHOP}marketplaces = ["{word}"]\n') == f'marketplaces = ["{code}"]', word


@pytest.mark.parametrize("word", ["Austria", "Österreich", "Switzerland", "Denmark", "EU", "all", "D"])
def test_no_marketplace_is_made_of_a_country_that_has_none(complaints: Complaints, word: str) -> None:
    assert typed(complaints, f'{SHOP}marketplaces = ["{word}"]\n').startswith("one of ")


@pytest.mark.parametrize("zone", sorted(set(ZONES.values())))
def test_time_zones_by_city_country_and_letters(complaints: Complaints, zone: str) -> None:
    for word in (word for word, means in ZONES.items() if means == zone):
        assert typed(complaints, f'{REVIEWS}timezone = "{word}"\n') == f'timezone = "{zone}"', word


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_numbers_with_units_and_commas(complaints: Complaints, key: str, quote: str) -> None:
    for word, means in NUMBERS[key].items():
        if quote or re.search(r"[\d.]$", word) is None or "," in word or " " in word:
            assert typed(complaints, f"{MARKETS}{key} = {quote}{word}{quote}\n") == f"{key} = {means}", word


@pytest.mark.parametrize("case", UNTOLD.values(), ids=UNTOLD)
def test_what_may_mean_two_things_is_not_guessed(complaints: Complaints, case: tuple[str, str]) -> None:
    key, word = case
    remedy = typed(complaints, f'{MARKETS}{key} = "{word}"\n')
    assert not re.search(rf"= ({word[:2]}|1|1000|1\.000)$", remedy) or remedy.endswith("daily_limit = 300")
