"""Filters by what a buyer thinks: there are none, and a key that asks for one is refused with its source."""

import re
from typing import Final

from settings.words import plain

NO_MOOD = (
    "nobody may be left out for what they think: Amazon forbids asking only buyers who had a good experience (its "
    "review policy, Seller Central help G201972160, and its Communication Guidelines)"
)
_WORDS: Final = (
    "star stars starred mood moods nps rated happy unhappy angry opinion opinions avis etoile etoiles "
    "humeur bewertung bewertungen stern sterne sternen meinung stimmung estrella estrellas stelle stella "
    "puan yildiz"
)
_STEMS: Final = (
    "rating feedback sentiment satisf unsatisf dissatisf happi unhappi complain positiv negativ plainte "
    "reclamation mecontent zufrieden unzufrieden beschwerde reklamation valoracion queja satisfec "
    "insatisf valutazion soddisf insoddisf lamentel sterren beoordeling klacht tevreden ontevreden ocen "
    "gwiazd zadowol skarg betyg stjarn klagomal nojd missnojd"
)


def is_mood(key: str) -> bool:
    """Whether a key names what a buyer thinks of the order: `min_rating`, `negativeFeedback`, `sterne`."""
    words = re.split(r"[^a-z]+", plain(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)))
    return any(word in _WORDS.split() or word.startswith((*_STEMS.split(),)) for word in words)
