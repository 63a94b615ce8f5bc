"""Which column of a table says which order it is, whether it was asked, and on which day.

The order's is found by what stands in it, in whatever language its name is. Where a table may also have orders that
were not asked, nothing is guessed: the person says which column tells.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from rules.order_id import order_id_in
from tasks.moving.table import Row, Table
from tasks.not_done import NotDone

_YES = (
    "yes y true t 1 x ja j oui o si s sim tak da requested asked sent solicited done gesendet angefragt "
    "envoye envoyee demande enviado solicitado inviato richiesto"
)
YES = frozenset(_YES.split())
NO = frozenset(["", "no", "n", "false", "f", "0", "-", "nein", "non", "nao", "nie", "nee", "null", "none", "n/a"])
_SAYS_ASKED = re.compile(
    r"\b(asked|requested|solicited|review[- ]?(request|ask)\w*|(request|ask)\w*[- ]sent|angefragt|\w*bewertungsanfrage|"
    r"demandee?|avis demande|solicitad[ao]|richiest[ao])\b"
)
_SAYS_DATE = re.compile(r"\b(date|datum|fecha|data|dato|day|tag|jour|time|at|on|am|le)\b")
_OF_PURCHASE = re.compile(
    r"purchas|order|bestell|command|achat|compra|pedido|acquist|ordine|ship|deliver|updat|paid|pay"
)
_STATUS = re.compile(r"status|\bstate\b|statut|estado|stato\b|result|outcome|eligib|ergebnis")
_ALL_ORDERS = re.compile(r"purchase-date|sales-channel|item-price")
_ORIGINAL = re.compile(r"origin|replac|parent|relat")
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """The columns as a person names them: by their name, or by their number, the first being 1. None: find it."""

    order_id: str | None = None
    day: str | None = None
    asked: str | None = None
    asked_values: tuple[str, ...] = ()
    all_lines: bool = False  # every line was asked, whatever else it says


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the columns. None: there is none, and ids or days are looked for in the whole line."""

    order_id: int | None
    day: int | None
    asked: int | None
    asked_values: frozenset[str]  # in plain letters; empty: what says yes, or a day


def columns_of(table: Table, wish: Wish) -> Columns:
    """The columns to go by. Raises NotDone, which says what to type: there is no such column, or it is not clear."""
    order_id = _named(table, wish.order_id, "--id-column")
    asked = _named(table, wish.asked, "--asked-column")
    day = _named(table, wish.day, "--date-column")
    values = frozenset(map(plain, wish.asked_values))
    if order_id is None and table.header:
        order_id = _of_ids(table)
    if asked is None and not wish.all_lines:
        asked = _says_asked(table)
    if asked is not None and not values:
        _must_be_clear(table, asked)
    if asked is not None and values and not values & {plain(value) for value in _values(table, asked)}:
        raise NotDone(f"no line has that in the column {_name(table, asked)!r}: it has {_shown(table, asked)}")
    if asked is None and not wish.all_lines and (other := _may_say_no(table)) is not None:
        raise NotDone(
            f"it may have orders that were not asked: it has a column {_name(table, other)!r} ({_shown(table, other)})"
            ". Say which tells: --asked-column NAME --asked-value VALUE; or, if every line was asked: --all-lines"
        )
    if day is None:
        day = _of_days(table, but=order_id)
    return Columns(order_id, day, asked, values)


def was_asked(cell: str, values: frozenset[str]) -> bool:
    """Whether the cell of the column that tells says so."""
    said = plain(cell)
    return said in values if values else said not in NO


def plain(text: str) -> str:
    """In small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def day_in(cell: str) -> date | None:
    """The day that is written there; None: there is none, or it can be read in two ways."""
    if match := re.search(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", cell):
        year, month, day = map(int, match.groups())
    elif match := re.search(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b", cell):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] != "." and first <= 12 and second <= 12 and first != second:
            return None
        day, month = (first, second) if match[2] == "." or first > 12 else (second, first)
    else:
        return _in_words(cell)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _in_words(cell: str) -> date | None:
    for words in ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"):
        try:
            return datetime.strptime(cell.strip(), words).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def _named(table: Table, name: str | None, option: str) -> int | None:
    if name is None:
        return None
    names = [plain(each) for each in table.header]
    if plain(name) in names:
        return names.index(plain(name))
    width = max((len(row.cells) for row in table.rows), default=0)
    if name.isdecimal() and 1 <= int(name) <= max(width, len(names)):
        return int(name) - 1
    has = (
        f"it has {', '.join(map(repr, table.header))}" if table.header else "it has no header: type the column's number"
    )
    raise NotDone(f"no column {name!r} ({option}): {has}")


def _of_ids(table: Table) -> int | None:
    """The column with the most order ids."""
    found = Counter(place for row in table.rows for place, cell in enumerate(row.cells) if order_id_in(cell))
    return max(
        found, key=lambda place: (found[place], not _ORIGINAL.search(_plain_name(table, place)), -place), default=None
    )


def _of_days(table: Table, *, but: int | None) -> int | None:
    """The column of the days of the requests, by its name."""
    places = [place for place in range(len(table.header)) if place != but]
    named = [
        place
        for place in places
        if _SAYS_DATE.search(name := _plain_name(table, place)) and not _OF_PURCHASE.search(name)
    ]
    named += [place for place in places if _SAYS_ASKED.search(_plain_name(table, place))]
    return next((place for place in named if any(map(day_in, _values(table, place)))), None)


def _says_asked(table: Table) -> int | None:
    """The one column whose name says that it tells whether an order was asked."""
    found = [place for place in range(len(table.header)) if _SAYS_ASKED.search(_plain_name(table, place))]
    found = [place for place in found if not all(map(day_in, _values(table, place)))]
    return found[0] if len(found) == 1 else None


def _may_say_no(table: Table) -> int | None:
    """A column that is also in tables of orders that were not asked: of a status, or of Amazon's All Orders report."""
    for place in range(len(table.header)):
        name = _plain_name(table, place)
        if _ALL_ORDERS.search(name) or (
            _STATUS.search(name) and not all(plain(v) in YES for v in _values(table, place))
        ):
            return place
    return None


def _must_be_clear(table: Table, asked: int) -> None:
    unclear = [value for value in _values(table, asked) if plain(value) not in YES | NO and not day_in(value)]
    if unclear:
        raise NotDone(
            f"the column {_name(table, asked)!r} has {_shown(table, asked)}. Say which of them means that the order "
            "was asked: --asked-value VALUE"
        )


def _values(table: Table, place: int) -> Counter[str]:
    return Counter(cell_of(row, place).strip() for row in table.rows)


def cell_of(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _shown(table: Table, place: int) -> str:
    """What stands in a column, if that is few words: many may be anybody's."""
    values = _values(table, place).most_common()
    if len(values) > _MOST_SHOWN:
        return f"{len(values):,} different values"
    return ", ".join(f"{value[:30]!r} {count:,} times" for value, count in values)


def _name(table: Table, place: int) -> str:
    return table.header[place] if place < len(table.header) else str(place + 1)


def _plain_name(table: Table, place: int) -> str:
    return plain(_name(table, place)).replace("_", "-")
