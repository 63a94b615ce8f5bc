"""How people call what these settings call otherwise, in the languages of the marketplaces; all as `plain` text."""

import unicodedata
from typing import Final

_LETTERS = str.maketrans({"ł": "l", "ı": "i", "ß": "ss", "ø": "o", "æ": "ae"})


def plain(text: str) -> str:
    """Without capitals, accents and blanks around it: `Środa` is `sroda`."""
    parted = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(each for each in parted if not unicodedata.combining(each)).strip()


def _by_word(words: dict[str, str]) -> dict[str, str]:
    return {plain(word): means for means, several in words.items() for word in several.split("|")}


_ON = (
    "true yes y on 1 enabled enable active t oui vrai active actif ja wahr an ein aktiv si sim verdadero verdadeiro "
    "vero attivo activo waar aan sant pa tak prawda wlaczone wl evet dogru acik hai da"
)
_OFF = (
    "false no n off 0 disabled disable inactive f none non faux inactif desactive nein falsch aus inaktiv nao falso "
    "disattivo inactivo spento nee onwaar uit nej falskt av nie falsz wylaczone wyl hayir yanlis kapali iie"
)
SWITCH: Final = {**dict.fromkeys(_ON.split(), True), **dict.fromkeys(_OFF.split(), False)}

WEEKDAYS: Final = _by_word(
    {
        "mon": (
            "mon|mo|monday|mondays|lundi|lun|lu|montag|montags|lunes|lunedì|maandag|ma|maa|måndag|mån|poniedziałek|"
            "poniedziałku|pon|pn|pazartesi|segunda|segunda-feira|月曜日|月曜|月|الاثنين"
        ),
        "tue": (
            "tue|tu|tues|tuesday|tuesdays|mardi|mar|dienstag|dienstags|di|martes|martedì|dinsdag|din|tisdag|tis|wtorek|"
            "wtorku|wt|salı|terça|terça-feira|火曜日|火曜|火|الثلاثاء"
        ),
        "wed": (
            "wed|we|weds|wednesday|wednesdays|mercredi|mer|me|mittwoch|mittwochs|mi|miércoles|mié|mercoledì|woensdag|"
            "wo|woe|onsdag|ons|środa|środy|środę|śr|çarşamba|quarta|quarta-feira|水曜日|水曜|水|الأربعاء"
        ),
        "thu": (
            "thu|th|thur|thurs|thursday|thursdays|jeudi|jeu|je|donnerstag|donnerstags|do|jueves|jue|giovedì|gio|"
            "donderdag|don|torsdag|tors|tor|czwartek|czwartku|czw|perşembe|quinta|quinta-feira|木曜日|木曜|木|الخميس"
        ),
        "fri": (
            "fri|fr|friday|fridays|vendredi|ven|ve|freitag|freitags|viernes|vie|venerdì|vrijdag|vr|vri|fredag|fre|"
            "piątek|piątku|pt|cuma|sexta|sexta-feira|金曜日|金曜|金|الجمعة"
        ),
        "sat": (
            "sat|sa|saturday|saturdays|samedi|sam|samstag|samstags|sonnabend|sonnabends|sábado|sáb|sabato|sab|zaterdag|"
            "za|zat|lördag|lör|sobota|soboty|sobotę|sob|cumartesi|土曜日|土曜|土|السبت"
        ),
        "sun": (
            "sun|su|sunday|sundays|dimanche|dim|sonntag|sonntags|so|domingo|dom|domenica|zondag|zo|zon|söndag|sön|"
            "niedziela|niedzieli|niedzielę|niedz|nd|ndz|pazar|日曜日|日曜|日|الأحد"
        ),
    }
)
_SEVERAL: Final = {
    "67": "weekend|weekends|week-end|wochenende|fin de semana|fine settimana|helg|hafta sonu",
    "12345": "weekdays|working days|jours ouvrés|días laborables|giorni feriali|dni robocze|vardagar",
    "1234567": (
        "every day|everyday|all|daily|all days|tous les jours|täglich|jeden tag|alle|todos los días|tutti i giorni|"
        "elke dag|varje dag|codziennie|her gün|todos os dias"
    ),
}
DAYS: Final = _by_word(_SEVERAL)
"""Several days in one word, as their numbers, counted from Monday."""


def _words(text: str) -> frozenset[str]:
    return frozenset(map(plain, text.split()))


UNTIL: Final = _words("- – — to till until through thru à au jusqu'à bis al alle hasta tot t/m tm til do até ~")
"""Between the first and the last of a range."""
AND: Final = _words("and et und e y en i och ve & + , ; /")
FROM: Final = _words(
    "from between de du des la las le les entre von vom zwischen da dal dalla dalle tra fra desde del van tussen od "
    "między från klockan kl kl. mellan the o'clock uhr uur hrs hours heures horas ore godz godz. at a"
)
"""Beside a time or a day: they say nothing."""
_NONE = (
    "none|no|nothing|null|nil|unlimited|no limit|infinite|inf|∞|any|auto|default|0|false|illimité|aucune|aucun|"
    "pas de limite|unbegrenzt|keine|kein|keins|sin límite|ninguno|ninguna|illimitato|nessuno|nessuna|onbeperkt|geen|"
    "obegränsad|ingen|inga|bez limitu|brak|24h|24/7|24 h|all day|toute la journée|ganztags|ganzer tag|todo el día|"
    "tutto il giorno|hele dag|hela dagen|cały dzień"
)
NONE: Final = frozenset(map(plain, _NONE.split("|")))
"""Instead of leaving a setting out."""
NOON: Final = _words("noon midday midi mittag mittags mediodía mezzogiorno middag południe")
MIDNIGHT: Final = _words("midnight minuit mitternacht medianoche mezzanotte middernacht midnatt północ")

MARKETPLACES: Final = _by_word(
    {
        "US": (
            "usa|united states|united states of america|america|états-unis|vereinigte staaten|estados unidos|"
            "stati uniti|verenigde staten|stany zjednoczone|amerika|abd|アメリカ"
        ),
        "CA": "can|canada|kanada|canadá",
        "MX": "mex|mexico|méxico|mexique|mexiko|messico|meksyk|meksika",
        "BR": "bra|brazil|brasil|brésil|brasilien|brasile|brazilië|brazylia|brezilya",
        "IE": "irl|ireland|éire|irlande|irland|irlanda|ierland|irlandia",
        "ES": "esp|spain|españa|espagne|spanien|spagna|spanje|hiszpania|ispanya|espanha",
        "UK": (
            "gb|gbr|united kingdom|great britain|britain|england|royaume-uni|grande-bretagne|angleterre|"
            "vereinigtes königreich|großbritannien|reino unido|regno unito|gran bretagna|inghilterra|inglaterra|"
            "verenigd koninkrijk|groot-brittannië|engeland|wielka brytania|zjednoczone królestwo|anglia|storbritannien|"
            "förenade kungariket|birleşik krallık|ingiltere"
        ),
        "FR": "fra|france|frankreich|francia|frankrijk|frankrike|francja|fransa|frança",
        "BE": "bel|belgium|belgique|belgië|belgien|bélgica|belgio|belgia|belçika",
        "NL": (
            "nld|netherlands|the netherlands|holland|nederland|pays-bas|hollande|niederlande|países bajos|paesi bassi|"
            "olanda|holanda|nederländerna|holandia|niderlandy|hollanda|países baixos"
        ),
        "DE": "ger|deu|germany|deutschland|allemagne|alemania|germania|duitsland|tyskland|niemcy|almanya|alemanha",
        "IT": "ita|italy|italia|italie|italien|italië|włochy|italya|itália",
        "SE": "swe|sweden|sverige|suède|schweden|suecia|svezia|zweden|szwecja|isveç|suécia",
        "ZA": "zaf|south africa|afrique du sud|südafrika|sudáfrica|sudafrica|zuid-afrika|sydafrika|rpa",
        "PL": "pol|poland|polska|pologne|polen|polonia|polonya|polônia",
        "EG": "egy|egypt|égypte|ägypten|egipto|egitto|egypte|egipt|egypten|mısır|مصر",
        "TR": "tur|turkey|türkiye|turquie|türkei|turquía|turchia|turkije|turcja|turkiet|turquia",
        "SA": "sau|saudi arabia|saudi-arabien|arabie saoudite|arabia saudí|arabia saudita|ksa|السعودية",
        "AE": "are|united arab emirates|uae|emirates|émirats arabes unis|emirate|emiratos árabes unidos|الإمارات",
        "IN": "ind|india|inde|indien|indie|hindistan",
        "SG": "sgp|singapore|singapour|singapur|singapura",
        "AU": "aus|australia|australie|australien|australië|avustralya",
        "JP": "jpn|japan|japon|giappone|japón|nippon|日本",
    }
)
REGIONS: Final = {
    **dict.fromkeys(("europe", "europa", "emea", "avrupa", "ue"), "eu"),
    **dict.fromkeys(
        ("north america", "northamerica", "americas", "nordamerika", "amerique du nord", "norteamerica"), "na"
    ),
    **dict.fromkeys(("far east", "fareast", "asia", "asie", "asien", "apac", "asia pacific", "jp"), "fe"),
}
ZONES: Final = {
    plain(name): zone
    for zone, names in {
        "Europe/Paris": "paris heure|parigi|parijs|paryż|lyon|marseille",
        "Europe/Berlin": "mez|mesz|münchen|munich|hamburg|köln|cologne|frankfurt|monaco di baviera|berlino|berlijn",
        "Europe/Rome": "roma|rom|milano|mailand|milan|torino|napoli|rzym",
        "Europe/Madrid": "barcelona|valencia|sevilla",
        "Europe/London": "londres|londra|londen|londyn|manchester|gmt/bst|bst|uk",
        "Europe/Warsaw": "warszawa|warschau|varsovie|varsavia|kraków",
        "Europe/Vienna": "wien|vienne",
        "Europe/Zurich": "zürich|genève",
        "Europe/Brussels": "bruxelles|brüssel|brussel",
        "Europe/Amsterdam": "rotterdam|den haag",
        "Europe/Stockholm": "göteborg",
        "Europe/Copenhagen": "københavn|kopenhagen",
        "Europe/Istanbul": "ankara",
        "Europe/Lisbon": "lisboa|lissabon|lisbonne",
        "America/New_York": "edt|eastern|eastern time|us/east|washington|boston|miami",
        "America/Chicago": "cst|cdt|central time|dallas|houston",
        "America/Denver": "mdt|mountain time",
        "America/Los_Angeles": "pst|pdt|pt|pacific|pacific time|san francisco|seattle",
        "Asia/Tokyo": "jst|japan",
        "Asia/Kolkata": "ist|mumbai|delhi|new delhi",
        "Australia/Sydney": "aest|aedt",
    }.items()
    for name in names.split("|")
}
UNITS: Final = {
    plain(word): hours
    for hours, words in {
        "1/60": "m|min|mins|minute|minutes|minuten|minuti|minuto|minutos|minuter|minut|minuty|dakika",
        "1": (
            "h|hr|hrs|hour|hours|heure|heures|std|stunde|stunden|uur|u|uren|ora|ore|hora|horas|timme|timmar|tim|godz|"
            "godzin|godziny|godzina|saat"
        ),
        "24": ("d|day|days|j|jour|jours|tag|tage|tagen|dag|dagen|dagar|giorno|giorni|día|días|dzień|dni|gün|dias|dia"),
        "168": (
            "w|week|weeks|wk|semaine|semaines|sem|woche|wochen|semana|semanas|settimana|settimane|weken|vecka|veckor|"
            "tydzień|tygodnie|tygodni|hafta"
        ),
        "8760": (
            "y|yr|yrs|year|years|an|ans|année|années|jahr|jahre|jahren|año|años|anno|anni|jaar|jaren|år|rok|lata|lat|"
            "yıl|ano|anos"
        ),
        "730": "month|months|mois|monat|monate|monaten|mes|meses|mese|mesi|maand|maanden|månad|månader|miesiąc|ay",
    }.items()
    for word in words.split("|")
}
"""Hours of a unit of time, as a fraction."""
MONEY: Final = _words(
    "€ eur euro euros £ gbp pound pounds $ usd us$ dollar dollars zł pln złotych kr sek :- kr. cad c$ aud a$ mxn jpy ¥ "
    "yen 円 try ₺ tl inr ₹ rs sgd s$ aed sar egp zar r brl r$ chf"
)
OTHERS: Final = {
    **dict.fromkeys(("fba", "afn", "prime", "amazon_fulfilled", "fulfilled_by_amazon"), "amazon"),
    **dict.fromkeys(("fbm", "mfn", "seller", "self", "vendeur", "handler", "me", "fulfilled_by_merchant"), "merchant"),
}
