"""Once, whatever happens: real workers are killed (SIGKILL) on their way, and Amazon is asked what it accepted."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.postgres import PostgresServer, connected
from tests.worker.kills import MOMENTS, MOMENTS_ON_POSTGRESQL, Route, goes_on_until_all_is_sent
from tests.worker.seller_folder import amazon, delivered, selling

MODES = ("run", "sweep")
SEEDS = (1,)
AT_ONCE = 10
Kills = dict[tuple[str | int, str], Future[None]]


def killed_at(moment: str, mode: str, path: Path, database_url: str | None = None) -> None:
    reach, accepted = (MOMENTS_ON_POSTGRESQL if database_url else MOMENTS)[moment]
    with amazon(delivered(0)) as simulator, selling(path, simulator.url, database_url=database_url) as folder:
        route = Route(folder, simulator, mode)
        with route.ends:
            reach(route).kill()
            if accepted is not None:
                assert simulator.summary()["accepted_total"] == accepted
        simulator.clear_faults()
        goes_on_until_all_is_sent(route)
        assert {order_id: said.count for order_id, said in simulator.accepted().items()} == dict.fromkeys(
            folder.states(), 1
        )
        assert folder.broken_invariants() == {}


def killed_at_random(seed: int, mode: str, path: Path) -> None:
    chance = Random(seed)
    sellers = ("shop-a", "shop-b", "shop-c")
    orders = [delivered(10 * s + n, account=name) for s, name in enumerate(sellers) for n in range(4)]
    with amazon(*orders) as simulator, selling(path, simulator.url, *sellers) as folder:
        route = Route(folder, simulator, mode)
        for _ in range(6):
            started = route.start()
            time.sleep(chance.uniform(1, 4))
            started.kill()
            assert all(said.count == 1 for said in simulator.accepted().values())
        goes_on_until_all_is_sent(route)
        assert {order_id: said.count for order_id, said in simulator.accepted().items()} == {
            order.order_id: 1 for order in orders
        }
        assert folder.broken_invariants() == {}


def fresh_database(postgres: PostgresServer, number: int) -> str:
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"CREATE DATABASE kills_{number}")
    return postgres.get_uri(f"kills_{number}")


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Kills]:
    """Every kill, some at a time: each of them waits nearly all of its time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            **{
                (moment, "postgresql"): pool.submit(
                    killed_at, moment, "sweep", tmp_path_factory.mktemp("kill"), fresh_database(postgres, number)
                )
                for number, moment in enumerate(MOMENTS_ON_POSTGRESQL)
            },
            **{
                (seed, mode): pool.submit(killed_at_random, seed, mode, tmp_path_factory.mktemp("random"))
                for seed in SEEDS
                for mode in MODES
            },
            **{
                (moment, mode): pool.submit(killed_at, moment, mode, tmp_path_factory.mktemp("kill"))
                for mode in MODES
                for moment in MOMENTS
            },
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_order_is_asked_once_although_its_worker_is_killed(moment: str, mode: str, kills: Kills) -> None:
    kills[moment, mode].result()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", SEEDS)
def test_orders_are_asked_once_although_their_worker_is_killed_at_any_moment(
    seed: int, mode: str, kills: Kills
) -> None:
    kills[seed, mode].result()


@pytest.mark.parametrize("moment", MOMENTS_ON_POSTGRESQL)
def test_an_order_is_asked_once_although_its_worker_is_killed_on_postgresql(moment: str, kills: Kills) -> None:
    kills[moment, "postgresql"].result()
