"""What every step of the guide has: whose shop it is, and which steps are done."""

from dataclasses import dataclass
from typing import Any

from settings.complaints import Complaint
from settings.schema import Seller
from tasks.check.outcome import Outcome
from tasks.set_up.folder import Folder
from tasks.set_up.standing import Standing
from web import render
from web.pages import Elsewhere, Look, Missing

STEPS = ("shop", "days", "keys", "check", "service")
"""By their addresses below `/guide`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`seller`: None: a new one. `done`: the steps that are. `file`: where settings are written, with its folder.

    `wrong`: what is wrong in files that are there; then nothing is written. `troubles`: what else must be mended.
    """

    step: str
    seller: str | None
    done: list[str]
    file: str
    wrong: list[Complaint]
    troubles: list[Complaint]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a shop that the settings have."""

    folder: Folder
    standing: Standing
    seller: Seller


def folder_of(look: Look) -> Folder:
    """Raises Missing: nothing can be set up here, as in a demo."""
    if look.folder is None:
        raise Missing
    return look.folder


def frame(look: Look, step: str, standing: Standing, seller: str | None) -> Frame:
    done = _done(look, standing, seller) if seller else []
    file = str(standing.environment.sellers_file.absolute())
    return Frame(step, seller, done, file, list(standing.wrong), list(standing.troubles))


def step_of(look: Look) -> Step:
    """That of the seller that the address names, or of the first. Raises Elsewhere: the account comes first."""
    folder = folder_of(look)
    standing = folder.standing()
    name = look.query.get("seller") or next(iter(standing.sellers), None)
    if standing.wrong or name is None:
        raise Elsewhere(address("shop", None))
    if name not in standing.sellers:
        raise Missing
    return Step(folder, standing, standing.sellers[name])


def address(step: str, seller: str | None) -> str:
    return render.address("/guide" if step == "shop" else f"/guide/{step}", {"seller": seller})


def goes_on(look: Look) -> str:
    """The address at which the guide goes on: of a shop that is not set up, else of a new one."""
    if look.folder is None:
        return address("shop", None)
    standing = look.folder.standing()
    for name, seller in standing.sellers.items():
        done = _done(look, standing, name)
        if "keys" not in done or not seller.live:
            return address(next((step for step in STEPS if step not in done), "service"), name)
    return address("shop", None)


def _done(look: Look, standing: Standing, name: str) -> list[str]:
    seller = standing.sellers[name]
    last = folder_of(look).checked.get(name)
    is_well = last is not None and all(each.verdict is not Outcome.FAIL for each in last.checks)
    found: dict[str, Any] = {
        "shop": True,
        "days": seller.review_requests.time_slots,
        "keys": standing.has_secrets(name),
        "check": is_well or seller.live,
        "service": seller.live,
    }
    return [step for step, is_done in found.items() if is_done]
