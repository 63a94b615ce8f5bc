"""Step 2: the days and hours of the requests, and which orders are left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter, ValidationError

from settings.checks import FIRST_DAY, LAST_DAY
from settings.schema import Seller
from settings.slots import WEEK, BlackoutText, SlotText, TimeSlot
from settings.times import slot
from tasks.set_up import shop
from web.pages import Act, Look, Page, Wrong
from web.pages.guide.frame import Frame, address, frame, step_of
from web.person import Role

BEGINNING = {"slots": "10:00-20:00"}
"""What is proposed where nothing is set."""
_SLOTS = TypeAdapter(tuple[SlotText, ...])
_BLACKOUT = TypeAdapter(tuple[BlackoutText, ...])


@dataclass(frozen=True, slots=True)
class Days:
    """`typed`: what stands in each field: as typed, or as the settings have it; `weekdays`: those that are chosen."""

    guide: Frame
    typed: dict[str, str]
    weekdays: list[str]


def show(look: Look) -> Days:
    step = step_of(look)
    typed = _of(step.seller)
    if look.form:
        typed = {field: look.form.get(field, "") for field in typed}
    return Days(frame(look, "days", step.standing, step.seller.name), typed, typed.get("weekdays", "").split(","))


def _of(seller: Seller) -> dict[str, str]:
    wish, exclude = seller.review_requests, seller.review_requests.exclude
    return {
        "first": str(wish.day_range[0]),
        "last": str(wish.day_range[1]),
        "slots": ", ".join(map(str, wish.time_slots)) or BEGINNING["slots"],
        "weekdays": ",".join(wish.weekdays or WEEK),
        "blackout": ", ".join(map(str, wish.blackout)),
        "skus": ", ".join(exclude.skus),
        "asins": ", ".join(exclude.asins),
        "below": "" if exclude.order_value_below is None else f"{exclude.order_value_below:f}",
        "above": "" if exclude.order_value_above is None else f"{exclude.order_value_above:f}",
        "business": "yes" if exclude.business_orders else "",
        "by": exclude.fulfilled_by[0] if len(exclude.fulfilled_by) == 1 else "",
    }


def _save(look: Look) -> str:
    step, typed = step_of(look), _Typed(look)
    values = {
        "review_requests.day_range": typed.day_range(),
        "review_requests.time_slots": typed.slots(),
        "review_requests.weekdays": typed.weekdays(),
        "review_requests.blackout": typed.blackout(),
        "review_requests.exclude.skus": typed.words("skus"),
        "review_requests.exclude.asins": typed.words("asins"),
        "review_requests.exclude.fulfilled_by": typed.words("by"),
        "review_requests.exclude.business_orders": True if look.form.get("business") else None,
        **typed.amounts(),
    }
    if typed.complaints:
        raise Wrong(**typed.complaints)
    shop.change(step.standing, look.app.ledger, step.seller.name, values, look.by, look.now)
    return address("keys", step.seller.name)


class _Typed:
    """What was typed, field by field, and what is wrong with it."""

    def __init__(self, look: Look) -> None:
        self.complaints: dict[str, str] = {}
        self._form = look.form
        self.say: Callable[..., str] = look.tongue.say

    def words(self, field: str) -> list[str] | None:
        """Those with commas or blanks between them; None: there are none."""
        return [each for each in re.split(r"[\s,;]+", self._form.get(field, "")) if each] or None

    def day_range(self) -> list[int]:
        days = [self._day("first"), self._day("last")]
        if not self.complaints and days[0] > days[1]:
            self.complaints["last"] = self.say("The last day is before the first one.")
        return days

    def _day(self, field: str) -> int:
        typed = self._form.get(field, "").strip()
        if not re.fullmatch(r"[0-9]{1,2}", typed) or not FIRST_DAY <= int(typed) <= LAST_DAY:
            self.complaints[field] = self.say(
                "Amazon allows days {first} to {last} after the delivery. Write one of these.",
                first=FIRST_DAY,
                last=LAST_DAY,
            )
            return 0
        return int(typed)

    def slots(self) -> list[str]:
        typed = [each.strip() for each in re.split(r"[,;\n]+", self._form.get("slots", "")) if each.strip()]
        meant = [slot(each) for each in typed]
        texts = [text for each in meant if each for text in ([each] if isinstance(each, str) else each)]
        if not typed or not all(meant):
            self.complaints["slots"] = self.say("Write hours like {example}.", example="10:00-14:00, 17:00-20:00")
            return []
        found: list[TimeSlot] = sorted(_SLOTS.validate_python(texts), key=lambda each: each.start)
        for earlier, later in pairwise(found):
            if earlier.overlaps(later):
                self.complaints["slots"] = self.say("{one} and {other} overlap.", one=earlier, other=later)
        return [str(each) for each in found]

    def weekdays(self) -> list[str] | None:
        chosen: list[str] = [day for day in WEEK if day in self._form.get("weekdays", "").split(",")]
        if not chosen:
            self.complaints["weekdays"] = self.say("Choose at least one day of the week.")
        return None if len(chosen) == len(WEEK) else chosen

    def blackout(self) -> list[str] | None:
        found = self.words("blackout")
        try:
            _BLACKOUT.validate_python(found or [])
        except ValidationError:
            self.complaints["blackout"] = self.say(
                "Write days like {example}.", example="2026-12-24..2026-12-26, 2027-01-01"
            )
        return found

    def amounts(self) -> dict[str, Any]:
        below, above = self._amount("below"), self._amount("above")
        if below is not None and above is not None and above < below:
            self.complaints["above"] = self.say("This is less than the other amount: every order would be left out.")
        keys = ("review_requests.exclude.order_value_below", "review_requests.exclude.order_value_above")
        return dict(zip(keys, (below, above), strict=True))

    def _amount(self, field: str) -> Decimal | None:
        typed = self._form.get(field, "").strip().replace(",", ".")
        if not typed:
            return None
        try:
            amount = Decimal(typed)
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or not 0 < amount < 1_000_000:
            self.complaints[field] = self.say("Write an amount like {example}.", example="5.00")
            return None
        return amount


def weekdays(look: Look) -> list[tuple[str, str]]:
    """Each by its code, and as the reader calls it."""
    names = look.tongue.locale.days["format"]["wide"]  # Monday is 0
    return [(code, names[number]) for number, code in enumerate(WEEK)]


PAGE = Page(
    "/guide/days",
    "guide/days.html",
    show,
    role=Role.ADMIN,
    acts={"save": Act(Role.ADMIN, _save)},
    helpers={"weekdays": weekdays},
)
