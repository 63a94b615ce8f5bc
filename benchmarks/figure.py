"""One measured figure and its goal."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must be at most `goal`, or at least if `more_is_better`. `detail`: what it was worked out from."""

    name: str
    value: float
    goal: float
    detail: str
    more_is_better: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def row(self) -> tuple[str, str, str, str, str]:
        sign = "≥" if self.more_is_better else "≤"
        verdict = "met" if self.met else "missed"
        return self.name, f"{self.value:.4g}{self.unit}", f"{sign} {self.goal:g}{self.unit}", verdict, self.detail

    def document(self) -> dict[str, Any]:
        goal = f"{'>=' if self.more_is_better else '<='} {self.goal:g}"
        return {"name": self.name, "value": self.value, "unit": self.unit.strip(), "goal": goal} | {
            "met": self.met,
            "detail": self.detail,
        }
