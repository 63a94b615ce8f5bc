"""The folder in which askonce was started, as a set-up sees it: its files, and how its shops are tried at Amazon."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from settings.schema import Seller
from tasks.app import App
from tasks.check.outcome import Check
from tasks.set_up.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check has found, and when."""

    at: datetime
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Folder:
    """`environ`: the variables of this process. `ask`: whether a shop's secrets open its account, and what it sells
    where. `read`: bring what is known of a shop up to date, which takes a while; it returns when that is done, or goes
    on. `app`: the application that the page has by then. `checked`: by shop, the last answers, as long as this process
    lives.
    """

    environ: Mapping[str, str]
    ask: Callable[[Seller], list[Check]]
    read: Callable[[str], None]
    app: Callable[[], App]
    checked: dict[str, Checked] = field(default_factory=dict)

    def standing(self) -> Standing:
        """How far the set-up is."""
        return standing(self.environ)

    def check(self, seller: Seller, now: datetime) -> None:
        """Ask Amazon, and read what it knows of the shop's orders."""
        self.checked[seller.name] = Checked(now, self.ask(seller))
        self.read(seller.name)
