"""The engine by itself, with the rules of an action that does not exist."""

from datetime import datetime

import pytest

from rules.case import Case, Unknown
from rules.common import CANCELLED, NOT_SHIPPED
from rules.decision import Act, Decision, Skip, Wait
from rules.order import Facts
from rules.reason import Reason
from rules.table import Rule, RuleVerdict, Table
from tests.rules.examples import BOUGHT, DAY, DELIVERED_AT, IN_WINDOW, facts, seller


class NoteCase(Case):
    """A note to the buyer, a day after the promised date and within a week of it."""

    @property
    def promised(self) -> datetime:
        if self.order.deliver_by is None:
            raise Unknown("nothing was promised")
        return self.order.deliver_by

    @property
    def deadline(self) -> datetime:
        return self.promised + 7 * DAY


NOTES: Table[NoteCase] = Table(
    NoteCase,
    (
        CANCELLED,
        NOT_SHIPPED,
        Rule(Reason.NOT_DELIVERED, lambda case: case.order.deliver_by is None, lambda case: "no promise"),
        Rule(
            Reason.TOO_EARLY,
            lambda case: case.now < case.promised + DAY,
            lambda case: f"promised {case.local(case.promised)}",
            lambda case: case.promised + DAY,
        ),
    ),
)
PROMISED = facts({"deliver_by": DELIVERED_AT})


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        pytest.param(facts({"status": "CANCELLED"}), IN_WINDOW, Skip(Reason.CANCELLED), id="barred"),
        pytest.param(facts(), IN_WINDOW, Skip(Reason.NOT_DELIVERED), id="barred by its own rule"),
        pytest.param(PROMISED, BOUGHT, Wait(DELIVERED_AT + DAY, Reason.TOO_EARLY), id="waits"),
        pytest.param(PROMISED, DELIVERED_AT + DAY, Act(DELIVERED_AT + 7 * DAY), id="to be done, by its own deadline"),
    ],
)
def test_a_new_action_is_a_table_and_its_case(known: Facts, now: datetime, expected: Decision) -> None:
    assert NOTES.decide(known, seller(), now) == expected


def test_the_forecast_follows_its_waits() -> None:
    due_at = DELIVERED_AT + DAY
    assert NOTES.forecast(PROMISED, seller(), BOUGHT, IN_WINDOW) == due_at
    assert NOTES.forecast(PROMISED, seller(), BOUGHT, due_at) is None


def test_a_rule_that_asks_for_what_is_not_known_says_so() -> None:
    assert NOTES.explain(facts(), seller(), IN_WINDOW)[2:] == (
        RuleVerdict("not_delivered", "no promise", "skip: not_delivered"),
        RuleVerdict("too_early", "unknown", "unknown: nothing was promised"),
    )
