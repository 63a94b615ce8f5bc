"""Calendar: what went out and what is planned, by day; a day opens to its orders."""

from datetime import date

from tasks.calendar import Calendar, CalendarDay, calendar
from web.pages import Look, Missing, Page
from web.person import Role


def show(look: Look) -> Calendar:
    if not look.chosen:
        raise Missing
    try:
        chosen = date.fromisoformat(look.query.get("day", ""))
    except ValueError:
        chosen = None
    return calendar(look.app.ledger, look.chosen, look.now, chosen)


def weeks(found: Calendar) -> list[list[CalendarDay | None]]:
    """The days by weeks that begin on Monday; None: outside of what is shown."""
    cells: list[CalendarDay | None] = [*[None] * found.days[0].on.weekday(), *found.days]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def heat(day: CalendarDay, found: Calendar) -> str:
    """The class of a day's cell, by how many of the most."""
    number = day.sent or day.planned
    most = max(each.sent or each.planned for each in found.days)
    return f"{'h' if day.sent else 'c'}{-(-4 * number // most)}" if number else ""


PAGE = Page(
    "/calendar", "calendar.html", show, role=Role.VIEWER, is_by_seller=True, helpers={"weeks": weeks, "heat": heat}
)
