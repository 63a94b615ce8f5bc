"""The ledger against its model, both queues on both databases; its size is shown in test_ledger_mutants.py."""

import pytest
from hypothesis import settings

from ledger.database import Ledger
from tests.ledger.machine.machine import QUICK, LedgerMachine, run
from tests.ledger.machine.races import RacingMachine
from tests.ledger.machine.work import WORK

THOROUGH = settings(QUICK, max_examples=300, stateful_step_count=50, derandomize=False)
each_queue = pytest.mark.parametrize("work", WORK)


@each_queue
def test_whatever_workers_do_the_ledger_is_its_model(sqlite_ledger: Ledger, work: str) -> None:
    run(sqlite_ledger, WORK[work], LedgerMachine, settings(QUICK, max_examples=10))


@each_queue
def test_whatever_workers_do_at_once_it_is_as_if_one_had_come_after_the_other(
    postgres_ledger: Ledger, work: str
) -> None:
    run(postgres_ledger, WORK[work], RacingMachine, settings(QUICK, max_examples=6))


@pytest.mark.long
@each_queue
def test_whatever_workers_do_for_long_the_ledger_is_its_model(sqlite_ledger: Ledger, work: str) -> None:
    run(sqlite_ledger, WORK[work], LedgerMachine, THOROUGH)


@pytest.mark.long
@each_queue
def test_whatever_workers_do_at_once_for_long_it_is_as_if_one_had_come_after_the_other(
    postgres_ledger: Ledger, work: str
) -> None:
    run(postgres_ledger, WORK[work], RacingMachine, THOROUGH)
