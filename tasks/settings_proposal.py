"""A change of the settings file before it is saved: what differs, what is wrong with it, and what it would do."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from settings.complaints import Complaint
from settings.schema import Seller, SellerTable
from tasks.app import App
from tasks.new_settings import differing, values_of
from tasks.settings_effect import Effect, effect
from tasks.settings_file import SettingsFile, Version, difference, digest_of

MOST = 20
"""Sellers of whom it is said what a change would do."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`lines`: what differs, as `difference` has it. `effects`: of each seller that changes, of 20 at most; `more`: so
    many sellers change besides. `came`, `went`: sellers that the file does not name yet, or no longer.
    """

    text: str
    lines: list[str]
    complaints: tuple[Complaint, ...] = ()
    effects: list[Effect] = field(default_factory=list)
    more: int = 0
    came: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """By which it is known that this and nothing else was looked at."""
        return digest_of(self.text.encode())


def propose(app: App, file: SettingsFile, now: Version, text: str) -> Proposal:
    """What this text would change, if it were saved in the place of what the file says now."""
    tried = file.tried(text)
    lines = difference(now.text, text)
    if tried.settings is None:
        return Proposal(text, lines, tried.complaints)
    known = file.tried(now.text).settings if lines else tried.settings
    before, after = (known.sellers if known else app.sellers), tried.settings.sellers
    changed = differing(before, after)
    both = [name for name in changed if name in before and name in after]
    return Proposal(
        text,
        lines,
        effects=[_effect(app, before[name], after[name]) for name in both[:MOST]],
        more=len(both[MOST:]),
        came=[name for name in changed if name not in before],
        went=[name for name in changed if name not in after],
    )


def seller_in(text: str, name: str) -> Seller | None:
    """What the text says of one seller; None: nothing, or nothing that can be used."""
    try:
        return Seller(name=name, **dict(SellerTable.model_validate(_document(text)["sellers"][name])))
    except (ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=4)
def _document(text: str) -> dict[str, Any]:
    """Of a thousand sellers it takes longer to read than a page may."""
    return tomllib.loads(text)


def changed_settings(before: Seller, after: Seller) -> Mapping[str, tuple[Any, Any]]:
    """The settings that differ, by dotted key, before and after."""
    was, now = values_of(before), values_of(after)
    return {key: (was.get(key), now.get(key)) for key in differing(was, now)}


def _effect(app: App, before: Seller, after: Seller) -> Effect:
    return effect(app.ledger, before, after, app.clock.now(), app.stop_file)
