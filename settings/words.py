"""How people call what these settings call otherwise, in the languages of the marketplaces."""

from typing import Final

SWITCH: Final = {
    True: "true yes y on 1 oui vrai ja wahr an si sí sì sim tak evet",
    False: "false no n off 0 non faux nein falsch aus nee nej não nie hayır",
}
WEEKDAYS: Final = {
    "mon": "mon monday lundi lun montag mo lunes lunedì lunedi maandag ma måndag mån poniedziałek",
    "tue": "tue tues tuesday mardi mar dienstag di martes martedì martedi dinsdag tisdag tis wtorek",
    "wed": (
        "wed weds wednesday mercredi mer mittwoch mi miércoles miercoles mié mercoledì mercoledi woensdag wo "
        "onsdag środa"
    ),
    "thu": (
        "thu thur thurs thursday jeudi jeu donnerstag do jueves jue giovedì giovedi gio donderdag torsdag tors czwartek"
    ),
    "fri": "fri friday vendredi ven freitag fr viernes vie venerdì venerdi vrijdag vr fredag fre piątek",
    "sat": "sat saturday samedi sam samstag sonnabend sa sábado sabado sáb sabato sab zaterdag za lördag lör sobota",
    "sun": "sun sunday dimanche dim sonntag so domingo dom domenica zondag zo söndag sön niedziela",
}
MARKETPLACES: Final = {
    "US": (
        "usa|united states|united states of america|america|états-unis|etats-unis|vereinigte staaten|"
        "estados unidos|stati uniti"
    ),
    "CA": "canada|kanada",
    "MX": "mexico|méxico|mexique|mexiko|messico",
    "BR": "brazil|brasil|brésil|bresil|brasilien|brasile",
    "IE": "ireland|éire|irlande|irland|irlanda",
    "ES": "spain|españa|espana|espagne|spanien|spagna|spanje",
    "UK": (
        "gb|united kingdom|great britain|britain|england|royaume-uni|grande-bretagne|angleterre|"
        "vereinigtes königreich|großbritannien|grossbritannien|reino unido|regno unito"
    ),
    "FR": "france|frankreich|francia|frankrijk|frankrike|fra",
    "BE": "belgium|belgique|belgië|belgie|belgien|bélgica|belgio",
    "NL": "netherlands|the netherlands|holland|nederland|pays-bas|niederlande|países bajos|paesi bassi",
    "DE": "germany|deutschland|allemagne|alemania|germania|duitsland|tyskland|niemcy|ger|deu",
    "IT": "italy|italia|italie|italien|ita",
    "SE": "sweden|sverige|suède|suede|schweden|suecia|svezia|zweden",
    "ZA": "south africa|afrique du sud|südafrika",
    "PL": "poland|polska|pologne|polen|polonia",
    "EG": "egypt|égypte|egypte|ägypten",
    "TR": "turkey|türkiye|turkiye|turquie|türkei",
    "SA": "saudi arabia|saudi-arabien|arabie saoudite|ksa",
    "AE": "united arab emirates|uae|emirates|émirats arabes unis",
    "IN": "india|inde|indien",
    "SG": "singapore|singapour|singapur",
    "AU": "australia|australie|australien",
    "JP": "japan|japon|nippon",
}
REGIONS: Final = {
    **dict.fromkeys(("europe", "europa", "emea"), "eu"),
    **dict.fromkeys(("north america", "northamerica", "americas", "nordamerika", "amérique du nord"), "na"),
    **dict.fromkeys(("far east", "fareast", "asia", "asie", "asien", "apac"), "fe"),
}
OTHERS: Final = {"fba": "amazon", "afn": "amazon", "fbm": "merchant", "mfn": "merchant", "seller": "merchant"}
