"""The pages, one file each. How to add one:

1. `web/pages/NAME.py`: a function that takes a `Look` and returns a frozen dataclass, made of what tasks/ know. A page
   shows and asks; it decides nothing. What tasks/ do not know yet is added there, so that a command can print it, too.
   The value is the page: the same value is its JSON (times in UTC), so name its fields for people who read that.
2. `web/templates/NAME.html` extends `layout.html` and shows `page`, the value. Macros of the components are in
   `parts.html`; class names are those of `static/style.css`. No `style` attribute, no script: the policy forbids them.
3. `PAGE = Page("/name", "name.html", show)` in the file, and its line in `web/site.py`: address, JSON, navigation.
4. Words: `_("English")` and `_n("{n} order", "{n} orders", n)` in templates, `look.tongue.say` in Python; the French
   and German go into `web/words/*.po` (a test tells what is missing). Reasons: `tongue.reason(code)`.
5. Who may look is declared, and the site holds it, also for JSON and files: `Page(role=…)` is the least role, an admin
   if nothing is said; `is_by_seller=True` says that the page shows, and its acts touch, only what `look.sellers`
   names (those that the person may see): else it is for those alone who see all sellers. What is not theirs is
   Missing, as what is not there. An address that is no Page is a failed test, and so is another seller's name on one.
6. What a person does is an `Act`: a function of look and form that calls tasks/ and returns where to go next (None:
   the same page). In the page it is `{% call act_form(look, ...) %}` and a button `name="act" value=… data-act=…`.
   It raises NotDone, which is shown, or Wrong(field=complaint), which is shown at the field; what was typed is kept.
   Of two steps, the first raises Asked: the page shows what the second would do.
7. A file that is sent is a `Download`, with its line in `web/site.py`, too; `table.py` makes CSV.
8. Rows bear `data-seller`, `data-order`, `data-state`, `data-reason`; figures `data-sum`: tests outside rely on them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from settings.schema import Seller
from tasks.app import App
from tasks.audit import Person as Doer
from tasks.audit import newest as newest_act
from tasks.set_up.folder import Folder
from web.kept import Figures, Kept
from web.person import Person, Role
from web.tongue import Tongue

FEW_SELLERS = 100
"""Figures of so many are found for each look."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look:
    """One request of one person. `sellers`: those that this person may see, in the order of the settings. `query`: of
    the address; `path`: what stands in it, as an order's id; `form`: what was typed, of a POST.
    """

    app: App
    person: Person
    sellers: Mapping[str, Seller]
    now: datetime
    tongue: Tongue
    path: Mapping[str, str]
    query: Mapping[str, str]
    csrf: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    folder: Folder | None = None  # where shops are set up
    kept: Figures = field(default_factory=Figures)

    @property
    def by(self) -> Doer:
        """Who acts, for the record."""
        return Doer(self.person.name, f"page on {self.app.holder.partition(' ')[0]}")

    @property
    def chosen(self) -> Mapping[str, Seller]:
        """The seller that the query names, or all. Raises Missing: there is none of it, or not for this person."""
        name = self.query.get("seller")
        if not name:
            return self.sellers
        if name not in self.sellers:
            raise Missing
        return {name: self.sellers[name]}

    def shared(self, kept: Kept[T], find: Callable[[], T]) -> T:
        """What `find` returns. Of many sellers it is kept for some seconds, but not beyond what a person does."""
        if len(self.chosen) <= FEW_SELLERS:
            return find()
        return kept.get((self.chosen, newest_act(self.app.ledger), self.app.stop_file.is_there()), find)

    @property
    def page(self) -> int:
        """Which page of a list the query asks for; the first is 1."""
        number = self.query.get("page", "")
        return max(int(number[:9]), 1) if number.isascii() and number.isdigit() else 1

    @property
    def zone(self) -> tzinfo:
        """In which the page says its times: that of the sellers, if they share one; else of the first."""
        return next((seller.zone for seller in self.sellers.values()), ZoneInfo("UTC"))


class Missing(Exception):
    """There is no such thing, or not for this person: the reader is told no more."""


class Elsewhere(Exception):
    """What is asked for stands at another address of this site."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Wrong(Exception):
    """What was typed cannot be taken: complaints by field, each a sentence in the reader's language."""

    def __init__(self, **complaints: str) -> None:
        super().__init__()
        self.complaints = complaints


class Asked(Exception):
    """The page is shown once more, with what was typed and what would come of it, its argument: `asked` in the
    template. Nothing is done yet.
    """


@dataclass(frozen=True, slots=True)
class Act:
    """What a person may do on a page. `role`: the least that may. `do` returns the address to go to; None: the page
    itself.
    """

    role: Role
    do: Callable[[Look], str | None]


@dataclass(frozen=True, slots=True)
class Page:
    """One address. `json`: that of the same value as JSON; None: the address and `.json`. `helpers`: functions that
    the template calls. `role`: the least that may look; `is_by_seller`: also for a person who sees some sellers alone.
    """

    path: str
    template: str
    show: Callable[[Look], Any]
    acts: Mapping[str, Act] = field(default_factory=dict)
    json: str | None = None
    role: Role = Role.ADMIN
    is_by_seller: bool = False
    helpers: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def json_path(self) -> str:
        return self.json or f"{self.path}.json"


@dataclass(frozen=True, slots=True)
class File:
    """What is sent instead of a page. `name`: as it is saved. `beside`: shown within one of our pages."""

    name: str
    media_type: str
    content: Iterable[bytes]
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """The address of a file. `make` raises what an act raises; `role` and `is_by_seller`: as of a page."""

    path: str
    make: Callable[[Look], File]
    role: Role = Role.ADMIN
    is_by_seller: bool = False


def is_for(opened: Page | Download, person: Person) -> bool:
    """May this person look at the page, or have the file?"""
    return person.may(opened.role) and (opened.is_by_seller or person.sellers is None)
