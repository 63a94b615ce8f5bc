"""Settings: what each seller wants, as fields and as the file has it; what a change would do; and who has it at work.

Two steps: a change is looked at, with what it would do, and then saved, as it was looked at and over that file alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.readable import said
from settings.invoices import takers
from settings.marketplaces import MARKETPLACES
from settings.rule_sets import SETS
from settings.schema import RuleSet, Seller
from settings.wording import setting_keys, typed
from tasks.not_done import NotDone
from tasks.settings_file import CHANGED, change
from tasks.settings_proposal import seller_in
from tasks.workers import Has, at_work, having
from web import settings_fields as fields
from web.pages import Act, Asked, Look, Missing, Page, Wrong
from web.person import Role
from web.render import address
from web.settings_form import Form, form_of, the_seller


@dataclass(frozen=True, slots=True)
class Row:
    """One seller, in short."""

    seller: str
    region: str
    marketplaces: tuple[str, ...]
    live: bool
    requests: bool
    invoices: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """`sellers`: those at work. `settings`: of the one seller that is asked for, by dotted key, as the file says them;
    None: of several. `file`: None if they are in none. `is_taken_up`: what the file says is at work here; `trouble`:
    why it is not; `workers`: which settings each has. Of the installation nothing is said to whoever sees some sellers
    alone.
    """

    sellers: list[Row]
    seller: str | None
    settings: dict[str, Any] | None
    file: str | None
    is_taken_up: bool
    trouble: str
    workers: list[Has]


def show(look: Look) -> Settings:
    name, file, text, digest = the_seller(look), look.app.settings_file, "", ""
    if file:
        try:
            version = file.read()
        except NotDone:
            pass  # the form says why
        else:
            text, digest = version.text, version.digest
    sees_all = look.person.sellers is None
    is_taken_up = file is None or digest == file.at_work
    with look.app.ledger.read() as connection:
        workers = having(at_work(connection, look.now), look.app.settings if is_taken_up else None)
    seller = (seller_in(text, name) or look.sellers[name]) if name else None
    return Settings(
        [_row(each) for each in look.chosen.values()],
        name,
        {key: fields.value_of(seller, key) for key in setting_keys()} if seller else None,
        str(file.path) if file and sees_all else None,
        is_taken_up,
        file.trouble if file and sees_all else "",
        workers if sees_all else [],
    )


def _row(seller: Seller) -> Row:
    about = (seller.name, seller.region, seller.marketplaces, seller.live)
    return Row(*about, seller.review_requests.enabled, seller.invoices.enabled)


def _looked_at(look: Look) -> Form:
    """Raises Wrong, Missing, NotDone."""
    form = form_of(look)
    if form.why_not:
        raise NotDone(form.why_not)
    if form.proposal is None:
        raise Missing
    if form.wrong or form.proposal.complaints:
        raise Wrong(**form.wrong)
    if not form.proposal.lines:
        raise NotDone(said("Nothing was changed."))
    return form


def _preview(look: Look) -> None:
    raise Asked(_looked_at(look))


def _save(look: Look) -> str:
    form = _looked_at(look)
    if form.meanwhile:
        raise NotDone(CHANGED)
    proposal, file = form.proposal, look.app.settings_file
    if proposal is None or file is None or look.form.get("shown") != proposal.digest:
        raise Asked(form)  # it was typed after the look
    change(look.app.ledger, file, proposal.text, form.digest, look.by, look.now)
    return address("/settings", look.query, view=None, saved="yes")


def choosable(seller: Seller) -> list[tuple[str, str]]:
    """The marketplaces among which the seller may choose, as options: first those that the file names, in its order."""
    there = (code for code in sorted(MARKETPLACES) if MARKETPLACES[code].region == seller.region)
    return [(code, code) for code in dict.fromkeys((*seller.marketplaces, *there))]


def invoiced(seller: Seller) -> list[tuple[str, str]]:
    """Those whose orders may get an invoice, and what the settings name, as options."""
    found = takers(seller.region, vat_calculation_service=True)
    named = dict.fromkeys((*(code for code in seller.marketplaces if code in found), *seller.invoices.marketplaces))
    return [(code, code) for code in named]


def rule_sets(seller: Seller) -> Iterator[tuple[RuleSet, Mapping[str, Any], Mapping[str, Any]]]:
    """Each rule set, which orders fit it, and what is wanted of them."""
    for rule in seller.review_requests.rules:
        named = {
            key: fields.as_toml(value) for key, value in rule if value not in (None, ()) and key not in ("name", "ask")
        }
        wanted = {key: named.pop(key) for key in SETS if key in named}
        yield rule, named, wanted


PAGE = Page(
    "/settings",
    "settings.html",
    show,
    acts={"preview": Act(Role.ADMIN, _preview), "save": Act(Role.ADMIN, _save)},
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={
        "form_of": form_of,
        "field_names": fields.names,
        "choosable": choosable,
        "invoiced": invoiced,
        "rule_sets": rule_sets,
        "typed": typed,
    },
)
