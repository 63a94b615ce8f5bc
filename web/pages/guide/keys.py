"""Step 3: the three secrets of Amazon. They are written into `.env`; no page ever shows one."""

from dataclasses import dataclass

from markupsafe import Markup

from settings.secrets import Odd, Oddity
from settings.variables import DOTENV
from tasks.set_up import secrets
from tasks.set_up.standing import SECRETS, dotenv, variable_of
from web.pages import Act, Look, Page, Wrong
from web.pages.guide.frame import Frame, address, frame, step_of
from web.person import Role


@dataclass(frozen=True, slots=True)
class Key:
    """One secret. `place`: where it is set, None: nowhere; `is_ours`: it is `.env`, which this page writes."""

    name: str
    variable: str
    place: str | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """`file`: where they are written."""

    guide: Frame
    keys: list[Key]
    file: str


def show(look: Look) -> Keys:
    step = step_of(look)
    places = step.standing.places[step.seller.name]
    keys = [Key(name, variable_of(step.seller.name, name), places[name], _is_ours(places[name])) for name in SECRETS]
    return Keys(frame(look, "keys", step.standing, step.seller.name), keys, str(dotenv()))


def _is_ours(place: str | None) -> bool:
    return place is None or place.partition(":")[0] == DOTENV


def _save(look: Look) -> str:
    """What is well is kept at once: so nothing has to be typed again when another one is wrong."""
    step = step_of(look)
    places = step.standing.places[step.seller.name]
    mine = [name for name in SECRETS if _is_ours(places[name])]
    typed = {name: value for name in mine if (value := look.form.get(name, "").strip().strip("\"'"))}
    wrong = secrets.wrong(typed)
    bad = {each.name for each in wrong} | {each.other for each in wrong}
    good = {name: value for name, value in typed.items() if name not in bad}
    secrets.keep(look.app.ledger, step.seller.name, good, look.by, look.now)
    complaints = {each.name: _said(look, each) for each in wrong}
    complaints |= {each.other: _misplaced(look, secrets.kind_of(each.name)) for each in wrong if each.other}
    missing = [name for name in mine if not (typed.get(name) or places[name])]
    complaints |= {name: look.tongue.say("This key is missing.") for name in missing}
    if complaints:
        raise Wrong(**complaints)
    return address("check", step.seller.name)


def _said(look: Look, odd: Odd) -> Markup:
    say = look.tongue.say
    match odd.oddity:
        case Oddity.EXAMPLE:
            return say("This is an example, not a key of your own.")
        case Oddity.CURLY:
            return say("There are curly quotes in it. Copy it once more, without quotes.")
        case Oddity.BREAK | Oddity.BLANK:
            return say("There is a blank or a line break in it. Copy it once more, whole.")
        case Oddity.SWAPPED | Oddity.OTHER:
            return _misplaced(look, odd.holds)


def _misplaced(look: Look, kind: str) -> Markup:
    say = look.tongue.say
    return say("This is {kind}, which does not belong here. Nothing was kept of it.", kind=say(kind))


PAGE = Page("/guide/keys", "guide/keys.html", show, role=Role.ADMIN, acts={"save": Act(Role.ADMIN, _save)})
