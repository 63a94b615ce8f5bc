import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import ORDERS_JSON
from tests.marketplace.simulator_world import DAY, FR, NOW, SellerView, delivered, simulated


def test_time_runs_at_the_given_speed() -> None:
    with simulated(speed=86400) as (simulator, _):
        first = simulator.now()
        time.sleep(0.1)
        assert timedelta(hours=2.4) <= simulator.now() - first < 3 * DAY


def test_time_follows_the_client_and_never_goes_back() -> None:
    with simulated(delivered("a", 0), follows_client=True) as (simulator, seller):
        for seller.now in (NOW + 8 * DAY, NOW + 7 * DAY):
            seller.get("/nowhere")
        assert simulator.now() == NOW + 8 * DAY


def test_time_follows_a_client_again_that_names_the_same_time_after_the_clock_was_set_back() -> None:
    with simulated(follows_client=True) as (simulator, seller):
        seller.now = NOW + DAY
        for _ in range(2):
            simulator.set_clock(NOW)
            seller.get("/nowhere")
            assert simulator.now() == NOW + DAY


def test_a_token_lasts_a_real_hour_when_time_runs_fast() -> None:
    with simulated(delivered("a"), speed=3600) as (simulator, seller):
        simulator.advance(timedelta(hours=3000))
        assert seller.get("/sellers/v1/marketplaceParticipations").status_code == 200


@pytest.mark.parametrize("header", ["soon", "2026-10-20T12:00:00"])
def test_a_wrong_client_time_is_refused(header: str) -> None:
    with simulated(follows_client=True) as (simulator, _):
        reply = httpx2.get(simulator.url, headers={"x-simulated-now": header}, trust_env=False)
        assert reply.status_code == 400


def test_the_journal_outlives_a_sigkill(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with simulated(delivered("a"), journal=journal) as (simulator, seller):
        assert seller.ask("a").status_code == 201
        simulator.kill()
    with simulated(delivered("a"), journal=journal) as (simulator, seller):
        assert seller.ask("a").status_code == 403
        assert simulator.accepted()["a"].at == NOW


def test_a_simulator_starts_again_on_its_port_and_knows_the_old_tokens() -> None:
    with simulated(delivered("a")) as (first, seller):
        token, port = seller.token, int(first.url.rpartition(":")[2])
    with simulated(delivered("a"), port=port) as (second, seller):
        assert second.url == first.url
        seller.token = token
        assert seller.offered("a")


def test_the_simulator_ends_when_the_process_that_started_it_is_killed() -> None:
    code = f"""
from datetime import datetime
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
with SimulatorProcess(Options(start=datetime.fromisoformat("{NOW.isoformat()}"))) as simulator:
    print(simulator.url, flush=True)
    import time; time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path.cwd()) as parent:
        assert parent.stdout is not None
        host, port = parent.stdout.readline().decode().strip().removeprefix("http://").split(":")
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("the simulator is an orphan")


def test_a_simulator_that_cannot_start_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        pytest.raises(RuntimeError, match="did not start"),
        SimulatorProcess(Options(start=NOW, orders=tmp_path / "none")),
    ):
        pass
    assert "none" in capfd.readouterr().err


def test_orders_are_served_from_a_json_file_or_from_a_report(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_bytes(ORDERS_JSON.dump_json([delivered("a")]))
    report = tmp_path / "report.txt"
    report.write_text(
        "amazon-order-id\tpurchase-date\torder-status\tsales-channel\na\t2026-10-01\tShipped\tAmazon.fr\n"
    )
    for file in (tmp_path / "orders.json", report):
        with simulated(orders=file) as (_, seller):
            assert seller.offered("a")


def test_a_large_world_is_searched_and_summed_up_as_fast_as_a_small_one(tmp_path: Path) -> None:
    def seconds(orders: int) -> float:
        file = tmp_path / f"{orders}.json"
        file.write_bytes(ORDERS_JSON.dump_json([delivered(f"o{n}", 10 + n / 4000) for n in range(orders)]))
        with simulated(orders=file) as (simulator, seller):
            seller.orders(NOW - 60 * DAY)
            before = time.monotonic()
            for _ in range(20):
                assert len(seller.orders(NOW - 60 * DAY)["orders"]) == 100
                assert simulator.summary()["orders"] == orders
            return time.monotonic() - before

    assert seconds(40_000) < 20 * seconds(400)


def test_orders_are_changed_in_place() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.patch_order("a", marketplace_id="A1PA6795UKMFR9")
        assert seller.ask("a", FR).status_code == 404
        with pytest.raises(ValueError, match="there is no 'b'"):
            simulator.patch_order("b", business=True)
        with pytest.raises(ValueError, match="colour"):
            simulator.patch_order("a", colour="red")


def test_the_summary_leaves_the_long_list_out_unless_asked() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        seller.ask("a")
        short = json.dumps(simulator.summary())
        assert '"accepted_total": 1' in short
        assert '"accepted":' not in short


def test_two_accounts_share_one_simulator() -> None:
    with simulated(delivered("a", account="maison-durand"), delivered("b", account="b-shop")) as (simulator, seller):
        other = SellerView(simulator.url, "Atzr|b-shop")
        assert [seller.ask(name).status_code for name in "ab"] == [201, 404]
        assert [other.ask(name).status_code for name in "ab"] == [404, 201]
        other.close()
