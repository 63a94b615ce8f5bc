"""Serves the simulator over HTTP, from one process."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from marketplace.simulator.all_orders_report import read_all_orders, to_sim_orders
from marketplace.simulator.app import Simulator
from marketplace.simulator.clock import SimClock
from marketplace.simulator.demo_world import demo_orders
from marketplace.simulator.journal import Journal
from marketplace.simulator.sim_order import ORDERS_JSON, SimOrder
from marketplace.simulator.world import World


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve. `start`: the simulated time at the start; `port` 0: any free one.

    `orders`: a file, either an All Orders report or a JSON list of SimOrder; `demo`: the demo's orders, for every
    account. `follows_client`: time is what requests
    say in `x-simulated-now`; otherwise it runs at `speed` simulated seconds a second. `ends_with_stdin`: stop when
    standard input is closed, hence when the process that started this one is gone.
    """

    start: datetime
    host: str = "127.0.0.1"
    port: int = 0
    orders: Path | None = None
    demo: bool = False
    transit: timedelta = timedelta(days=4)
    follows_client: bool = False
    speed: float = 1
    journal: Path | None = None
    throttled: bool = True
    accept_repeats: bool = False
    seed: int = 0
    ends_with_stdin: bool = False


def read_orders(path: Path, transit: timedelta) -> list[SimOrder]:
    """Raises ReportError, or ValueError for wrong JSON."""
    with path.open("rb") as file:
        is_json = file.read(1) == b"["
    if is_json:
        return ORDERS_JSON.validate_json(path.read_bytes())
    return to_sim_orders(read_all_orders(path).orders, transit)


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Serves until interrupted. `ready` gets the URL once connections are accepted. Raises OSError, ReportError."""
    world = World(accept_repeats=options.accept_repeats, journal=Journal(options.journal) if options.journal else None)
    if options.orders:
        world.put(read_orders(options.orders, options.transit), options.start)
    if options.demo:
        world.put([replace(order, account=None) for order in demo_orders(options.start)], options.start)
    with socket.create_server((options.host, options.port), backlog=1024) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it; asyncio leaves it off
        ready(f"http://{options.host}:{listening.getsockname()[1]}")
        asyncio.run(_serve(world, options, listening))


async def _serve(world: World, options: Options, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    clock = SimClock(options.start, loop.time, speed=options.speed, follows_client=options.follows_client)
    simulator = Simulator(world, clock, throttled=options.throttled, seed=options.seed)
    config = uvicorn.Config(
        simulator,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    if options.ends_with_stdin:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, server)
    await server.serve(sockets=[listening])


def _stop_at_end(server: uvicorn.Server) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        server.should_exit = True


class _Protocol(HttpToolsProtocol):
    """Lets the application close the connection abruptly."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport
