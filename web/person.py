"""Who looks through the window, and what this person may see and do there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from tasks.users import Role as Role

T = TypeVar("T")
_RANKS = list(Role)


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `sellers`: those that this person may see; None: all."""

    name: str
    role: Role
    sellers: frozenset[str] | None = None

    def may(self, role: Role) -> bool:
        return _RANKS.index(self.role) >= _RANKS.index(role)

    def sees(self, by_seller: Mapping[str, T]) -> dict[str, T]:
        """What of these this person may see."""
        return {name: value for name, value in by_seller.items() if self.sellers is None or name in self.sellers}
