"""Orders 1, 2, 3… that are due one after another, and a worker that is held up while it sends one of them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import SimOrder
from tests.worker.seller_folder import ASK, Folder, Running, delivered, until

FAR = "2099-01-01 00:00:00.000000"
LONG_AGO = "2020-01-01 00:00:00.000000"


def due_in_turn(count: int) -> list[SimOrder]:
    """The first has the nearest deadline."""
    return [delivered(number, 20 - number) for number in range(1, count + 1)]


def order_id(number: int) -> str:
    return delivered(number).order_id


def keep_back(folder: Folder, *numbers: int) -> None:
    """Due orders that are not to be sent yet."""
    for number in numbers:
        folder.write("UPDATE entries SET next_look_at = :at WHERE order_id = :id", at=FAR, id=order_id(number))


def let_go(folder: Folder, *numbers: int) -> None:
    for number in numbers:
        folder.write("UPDATE entries SET next_look_at = :at WHERE order_id = :id", at=LONG_AGO, id=order_id(number))


def sent(folder: Folder) -> set[int]:
    """The numbers of the orders that were sent."""
    return {int(order_id[-7:]) for order_id, state in folder.states().items() if state == "sent"}


def held_up(number: int) -> Fault:
    """Amazon's answer for that order comes late enough to stop the worker before it."""
    return Fault("slow", ASK, order_id=order_id(number), times=1, seconds=6)


@contextmanager
def mid_send(simulator: SimulatorProcess, worker: Running, number: int) -> Iterator[None]:
    """The worker stands still as long as this lasts: Amazon has accepted that order, and it has not read the answer."""
    until(lambda: order_id(number) in simulator.accepted() or worker.process.poll() is not None, 180)
    worker.process.send_signal(signal.SIGSTOP)
    yield
    worker.process.send_signal(signal.SIGCONT)


def asked_once(simulator: SimulatorProcess, count: int) -> bool:
    """Every one of so many orders."""
    accepted = {order_id: said.count for order_id, said in simulator.accepted().items()}
    return accepted == {order_id(number): 1 for number in range(1, count + 1)}
