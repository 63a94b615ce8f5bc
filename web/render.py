"""Pages as HTML: one Jinja environment, which escapes everything, and what every template has."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ledger.state import OPEN
from rules.reason import Reason
from tasks import today
from web.catalogue import LANGUAGES
from web.pages import Look, Page, is_for
from web.person import Person, Role
from web.tongue import Tongue

_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\N{ARABIC LETTER MARK}\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Characters that show nothing, and steer a terminal or the direction of writing: words of others may have them."""
_TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
PLACES = (
    (
        ("/", "Today"),
        ("/calendar", "Calendar"),
        ("/orders", "Orders"),
        ("/held", "For you to settle"),
        ("/invoices", "Invoices"),
    ),
    (("/settings", "Settings"), ("/stops", "Stops and brakes"), ("/audit", "Who did what"), ("/health", "Health")),
)


def standing(state: str) -> str:
    """Which of the five parts of the sum a state belongs to."""
    return "waiting" if state in OPEN else state


def address(path: str, query: Mapping[str, object] | None = None, **changes: object) -> str:
    """The path with the query, some of it changed; what is None or empty is left out."""
    wanted = {**(query or {}), **changes}
    kept = {name: value for name, value in wanted.items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def marketplaces(look: Look) -> list[tuple[str, str]]:
    """Those of the sellers that the person may see, as options."""
    return [(code, code) for code in sorted({code for seller in look.sellers.values() for code in seller.marketplaces})]


def sellers(look: Look) -> list[tuple[str, str]]:
    """Those that the person may see, as options."""
    return [(name, name) for name in look.sellers]


def reasons(look: Look) -> list[tuple[str, str]]:
    """Every reason, as options in the reader's language."""
    found = [(str(reason.value), str(look.tongue.reason(reason))) for reason in Reason]
    return sorted(found, key=lambda option: option[1].casefold())


_ENVIRONMENT.globals.update(
    address=address,
    standing=standing,
    marketplaces=marketplaces,
    reasons=reasons,
    sellers=sellers,
    Role=Role,
    LANGUAGES=LANGUAGES,
)


def rendered(template: str, tongue: Tongue, **values: Any) -> str:
    """A page that needs nobody to be logged in."""
    html = _ENVIRONMENT.get_template(template).render(_=tongue.say, _n=tongue.count, t=tongue, **values)
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", html)


def page(template: str, look: Look, path: str, value: object, **more: Any) -> str:
    """A page of a person who is logged in, in the frame. `path`: which of the places it is."""
    known = {place for group in PLACES for place, _ in group}
    return rendered(
        template,
        look.tongue,
        look=look,
        page=value,
        path=path,
        place=next((place for place in sorted(known, reverse=True) if place != "/" and path.startswith(place)), "/"),
        places=[[place for place in group if _is_for(place[0], look.person)] for group in PLACES],
        held=more.pop("held", None) if "held" in more else _held(look),
        asked=more.pop("asked", None),
        complaints=more.pop("complaints", {}),
        notice=more.pop("notice", ""),
        **more,
    )


def _held(look: Look) -> int:
    """Before there is a shop, the ledger is not made for this."""
    return today.held_count(look.app.ledger, look.sellers) if look.sellers else 0


def _is_for(path: str, person: Person) -> bool:
    return path in SHOWN and is_for(SHOWN[path], person)


SHOWN: dict[str, Page] = {}
"""The pages that there are, by their addresses: `site` fills it in."""
