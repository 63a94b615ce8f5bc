"""The engine of all rules: a table of them, read from the top; the first one that holds decides.

The same facts, seller and time always give the same answer, and `explain` reads the same table as `decide`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from rules.case import Case, Unknown
from rules.decision import Act, Decision, Skip, Wait
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller

C = TypeVar("C", bound=Case)
AnyOf = TypeVar("AnyOf", bound=Case, contravariant=True)


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule as `explain` shows it: its input, and `pass`, `wait: <reason>`, `skip: <reason>` or `unknown: <why>`."""

    rule: str
    input: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[AnyOf]):
    """When it `holds`, the order waits `until` then, or is skipped if there is no such time or it has come.

    `input` says in words what the rule looks at.
    """

    reason: Reason
    holds: Callable[[AnyOf], bool]
    input: Callable[[AnyOf], str]
    until: Callable[[AnyOf], datetime] | None = None

    def decision(self, case: AnyOf) -> Wait | Skip:
        if self.until and (due_at := self.until(case)) > case.now:
            return Wait(due_at, self.reason)
        return Skip(self.reason)

    def verdict(self, case: AnyOf) -> RuleVerdict:
        try:
            found = self.decision(case) if self.holds(case) else None
            looked_at = self.input(case)
        except Unknown as unknown:
            return RuleVerdict(self.reason, "unknown", f"unknown: {unknown}")
        match found:
            case Wait(_, reason):
                verdict = f"wait: {reason}"
            case Skip(reason):
                verdict = f"skip: {reason}"
            case None:
                verdict = "pass"
        return RuleVerdict(self.reason, looked_at, verdict)


@dataclass(frozen=True, slots=True)
class Table(Generic[C]):
    """The rules of one action, and what they look at: a case, made of an order's facts, the seller and the time."""

    case: Callable[[Facts, Seller, datetime], C]
    rules: tuple[Rule[C], ...]
    _questions: tuple[tuple[Callable[[C], bool], Rule[C]], ...] = field(init=False)  # looked up once, not per order

    def __post_init__(self) -> None:
        object.__setattr__(self, "_questions", tuple((rule.holds, rule) for rule in self.rules))

    def decide(self, facts: Facts, seller: Seller, now: datetime) -> Decision:
        """What to do about this order now. The `due_at` of a Wait is always later than `now`."""
        case = self.case(facts, seller, now)
        for holds, rule in self._questions:
            if holds(case):
                return rule.decision(case)
        return Act(case.deadline)

    def explain(self, facts: Facts, seller: Seller, now: datetime) -> tuple[RuleVerdict, ...]:
        """Every rule with its input and verdict, also those that stand behind the one that decides."""
        case = self.case(facts, seller, now)
        return tuple(rule.verdict(case) for rule in self.rules)

    def forecast(self, facts: Facts, seller: Seller, now: datetime, until: datetime) -> datetime | None:
        """When it would be done if no fact changed; None if that is not before `until`."""
        while now < until:
            match self.decide(facts, seller, now):
                case Act():
                    return now
                case Wait(due_at):
                    now = due_at
                case Skip():
                    return None
        return None
