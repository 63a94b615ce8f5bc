"""Step 4: the check: do the keys open the account, and can everything be read that a decision needs?"""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from rules.order import Source
from tasks.check.outcome import Check, Outcome, worst_first
from tasks.check.seller import check_seller
from tasks.set_up import shop
from web.pages import Act, Elsewhere, Look, Missing, Page
from web.pages.guide.frame import Frame, Step, address, frame, step_of
from web.person import Role

_SOURCES = {
    Source.ORDERS: "Orders",
    Source.FINANCES: "Refunds and releases of funds",
    Source.MERCHANT_RETURNS: "Returns to you",
    Source.FBA_RETURNS: "Returns to Amazon (FBA)",
    Source.FBA_SHIPMENTS: "Shipments of Amazon (FBA)",
}
"""In the words of the other pages."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`at`: when Amazon was asked, None: not since this process began. `amazon`: what it answered; `sources`: what is
    known of what is read, what failed first; `without`: the source that the shop may do without, as it cannot be read.
    """

    guide: Frame
    at: datetime | None
    amazon: list[Check]
    sources: list[Check]
    without: str | None


def show(look: Look) -> Checked:
    step = step_with_keys(look)
    last = step.folder.checked.get(step.seller.name)
    sources = _sources(look, step) if last else []
    source = f"{step.seller.name}: source {Source.MERCHANT_RETURNS}"
    cannot = any(each.name == source and each.verdict is Outcome.FAIL for each in sources)
    return Checked(
        frame(look, "check", step.standing, step.seller.name),
        last.at if last else None,
        worst_first(last.checks if last else []),
        worst_first(sources),
        Source.MERCHANT_RETURNS.value if cannot else None,
    )


def _sources(look: Look, step: Step) -> list[Check]:
    denied = any(
        each.verdict is Outcome.FAIL and each.name.endswith(": credentials")
        for each in step.folder.checked[step.seller.name].checks
    )
    found = check_seller(look.app.ledger, step.seller, look.now, denied=denied, stop_file=look.app.stop_file)
    return [each for each in found if ": source " in each.name or each.name.endswith(": first reading")]


def step_with_keys(look: Look) -> Step:
    """Raises Elsewhere: the keys come first."""
    step = step_of(look)
    if not step.standing.has_secrets(step.seller.name):
        raise Elsewhere(address("keys", step.seller.name))
    return step


def _check(look: Look) -> None:
    step = step_with_keys(look)
    step.folder.check(step.seller, look.now)


def _without(look: Look) -> None:
    """The shop does without this source, in writing."""
    step = step_with_keys(look)
    source = look.form.get("source", "")
    if source != Source.MERCHANT_RETURNS:
        raise Missing
    named = [*step.seller.unavailable_sources, source]
    shop.change(step.standing, look.app.ledger, step.seller.name, {"unavailable_sources": named}, look.by, look.now)


def named(look: Look, check: Check) -> Markup:
    """What was looked at, without the shop's name."""
    say = look.tongue.say
    what, _, which = check.name.rpartition(": ")[2].partition(" ")
    match what:
        case "credentials":
            return say("the keys")
        case "marketplace":
            return say("marketplace {code}", code=which)
        case "marketplaces":
            return say("other marketplaces")
        case "source":
            return say(_SOURCES[Source(which)])
        case "clock":
            return say("the clock")
    return say("first reading")


PAGE = Page(
    "/guide/check",
    "guide/check.html",
    show,
    role=Role.ADMIN,
    helpers={"named": named},
    acts={"check": Act(Role.ADMIN, _check), "without": Act(Role.ADMIN, _without)},
)
