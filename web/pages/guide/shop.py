"""Step 1: the account: its name, region and marketplaces."""

import re
import unicodedata
from dataclasses import dataclass

from rules.readable import said
from settings.environment import environment_prefix
from settings.marketplaces import MARKETPLACES, Region
from settings.schema import SELLER_NAME
from tasks.not_done import NotDone
from tasks.set_up import shop
from tasks.set_up.standing import Standing
from web.pages import Act, Look, Missing, Page, Wrong
from web.pages.guide.frame import Frame, address, folder_of, frame, goes_on
from web.person import Role

REGIONS: tuple[Region, ...] = ("eu", "na", "fe")


@dataclass(frozen=True, slots=True)
class Account:
    """`region`, `marketplaces`: as the settings have them; of a new shop as proposed."""

    guide: Frame
    region: str
    marketplaces: list[str]


def show(look: Look) -> Account:
    standing = folder_of(look).standing()
    guide = frame(look, "shop", standing, _known(look, standing))
    if look.form:
        return Account(guide, look.form.get("region", ""), _chosen(look))
    if guide.seller:
        seller = standing.sellers[guide.seller]
        return Account(guide, seller.region, list(seller.marketplaces))
    return Account(guide, "", [])


def _save(look: Look) -> str:
    standing = folder_of(look).standing()
    known = _known(look, standing)
    if standing.wrong:
        raise NotDone(said("Nothing is written into a file with mistakes. Mend them first."))
    complaints: dict[str, str] = {}
    name = known or _name(look, standing, complaints)
    region, chosen = look.form.get("region", ""), _chosen(look)
    others = [code for code in chosen if MARKETPLACES[code].region != region]
    if region not in REGIONS:
        complaints["region"] = look.tongue.say("Choose the region of the account.")
    elif not chosen:
        complaints["marketplaces"] = look.tongue.say("Choose at least one marketplace.")
    elif others:
        complaints["marketplaces"] = look.tongue.say(
            "Of another region: {names}. An account is of one region: add the other one as a shop of its own.",
            names=", ".join(others),
        )
    if complaints:
        raise Wrong(**complaints)
    if known:
        values = {"region": region, "marketplaces": chosen}
        shop.change(standing, look.app.ledger, name, values, look.by, look.now)
    else:
        shop.add(standing, look.app.ledger, name, region, chosen, look.by, look.now)
    return address("days", name)


def _known(look: Look, standing: Standing) -> str | None:
    """The shop that the address names; None: a new one. Raises Missing."""
    name = look.query.get("seller")
    if name and not standing.wrong and name not in standing.sellers:
        raise Missing
    return name if name in standing.sellers else None


def _chosen(look: Look) -> list[str]:
    return [code for code in look.form.get("marketplaces", "").split(",") if code in MARKETPLACES]


def _name(look: Look, standing: Standing, complaints: dict[str, str]) -> str:
    name = look.form.get("name", "").strip()
    if not name:
        complaints["name"] = look.tongue.say("Give the shop a name.")
    elif not re.fullmatch(SELLER_NAME, name):
        meant = _plain(name) or "my-shop"
        complaints["name"] = look.tongue.say(
            "A name has letters without accents, digits, - and _ alone. Write {meant}.", meant=meant
        )
    elif environment_prefix(name) in map(environment_prefix, standing.sellers):
        complaints["name"] = look.tongue.say("There is a shop of that name already. Choose another one.")
    return name


def _plain(name: str) -> str:
    """`maison-durand` of `Maison Durand`."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", bare).strip("-").lower()


def countries(look: Look) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each region with its marketplaces, by code and country, as the reader calls them."""
    names = look.tongue.locale.territories
    found = sorted(((each, names[each.country]) for each in MARKETPLACES.values()), key=lambda place: _plain(place[1]))
    return [(region, [(each.code, name) for each, name in found if each.region == region]) for region in REGIONS]


PAGE = Page(
    "/guide",
    "guide/shop.html",
    show,
    role=Role.ADMIN,
    acts={"save": Act(Role.ADMIN, _save)},
    helpers={"countries": countries, "goes_on": goes_on},
)
