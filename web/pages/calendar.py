"""Calendar: what went out and what is planned, by day; a day opens to its orders."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from settings.marketplaces import MARKETPLACES
from tasks.calendar import Calendar, CalendarDay, calendar
from web.pages import Look, Missing, Page
from web.person import Role

NEAR = 4
"""A limit that is so many times higher than every day is said, and not drawn: the bars would be flat."""


def show(look: Look) -> Calendar:
    if not look.chosen:
        raise Missing
    try:
        chosen = date.fromisoformat(look.query.get("day", ""))
    except ValueError:
        chosen = None
    code = look.query.get("marketplace")
    if code and code not in MARKETPLACES:
        raise Missing
    place = MARKETPLACES[code].marketplace_id if code else None
    find = partial(calendar, look.app.ledger, look.chosen, look.now, chosen, place)
    return find() if chosen or place else look.shared(look.kept.calendar, find)


def weeks(found: Calendar) -> list[list[CalendarDay | None]]:
    """The days by weeks that begin on Monday; None: outside of what is shown."""
    cells: list[CalendarDay | None] = [*[None] * found.days[0].on.weekday(), *found.days]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def heat(day: CalendarDay, found: Calendar) -> str:
    """The class of a day's cell, by how many of the most."""
    number = day.sent + day.planned
    most = max(each.sent + each.planned for each in found.days)
    return f"{'h' if day.sent else 'c'}{-(-4 * number // most)}" if number else ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of the days in a box of 100 high, `line`: that of the limit, if it fits."""

    bars: list[tuple[CalendarDay, float, float]]
    line: float | None


def chart(found: Calendar) -> Chart:
    """Each day with the heights of what was sent, and of what is planned on top of it."""
    most = max(day.sent + day.planned for day in found.days) or 1
    top = max(most, found.limit) if found.limit and found.limit <= NEAR * most else most
    bars = [(day, 94 * day.sent / top, 94 * day.planned / top) for day in found.days]
    return Chart(bars, 94 * found.limit / top if found.limit and found.limit <= top else None)


def busiest(found: Calendar) -> int:
    """How many orders came to their end in the week that has the most."""
    return max((week.sent + week.refused + week.skipped for week in found.weeks), default=0) or 1


PAGE = Page(
    "/calendar",
    "calendar.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={"weeks": weeks, "heat": heat, "chart": chart, "busiest": busiest},
)
