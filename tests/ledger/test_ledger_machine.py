"""The ledger against its model, on both databases; how the machine is sized is shown in test_ledger_mutants.py."""

import pytest
from hypothesis import settings

from ledger.database import Ledger
from tests.ledger.ledger_machine import QUICK, LedgerMachine, run
from tests.ledger.ledger_races import RacingMachine

THOROUGH = settings(QUICK, max_examples=300, stateful_step_count=50, derandomize=False)


def test_whatever_workers_do_the_ledger_is_its_model(sqlite_ledger: Ledger) -> None:
    run(sqlite_ledger, LedgerMachine, settings(QUICK, max_examples=10))


def test_whatever_workers_do_at_once_it_is_as_if_one_had_come_after_the_other(postgres_ledger: Ledger) -> None:
    run(postgres_ledger, RacingMachine, settings(QUICK, max_examples=6))


@pytest.mark.long
def test_whatever_workers_do_for_long_the_ledger_is_its_model(sqlite_ledger: Ledger) -> None:
    run(sqlite_ledger, LedgerMachine, THOROUGH)


@pytest.mark.long
def test_whatever_workers_do_at_once_for_long_it_is_as_if_one_had_come_after_the_other(postgres_ledger: Ledger) -> None:
    run(postgres_ledger, RacingMachine, THOROUGH)
