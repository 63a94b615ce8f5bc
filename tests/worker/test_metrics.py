"""Metrics as Prometheus reads them, from both modes; and the example rules and dashboard that use them."""

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from rules.order import Source
from tasks.check.outcome import Outcome
from tests.docs.pages import ROOT, rows, section
from tests.inbox import inbox
from tests.worker.seller_folder import ASK, SELLER, Folder, amazon, delivered, selling, until
from worker.metrics import COUNTERS, GAUGES, check_metrics

STOP = "INSERT INTO controls (scope, reason, detail) VALUES (:seller, 'not_authorised', 'planted words')"
NAMES = {*GAUGES, *(f"{name}_total" for name in COUNTERS)}
Labels = frozenset[tuple[str, str]]


def scraped(port: int) -> dict[str, dict[Labels, float]]:
    """By name and labels, as the real client's parser reads it."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def of(found: Mapping[str, Mapping[Labels, float]], name: str, **labels: str) -> float:
    return found[name][frozenset(labels.items())]


def answers(port: int) -> bool:
    with socket.socket() as looking:
        return looking.connect_ex(("127.0.0.1", port)) == 0


def must_be_right(folder: Folder, port: int) -> None:
    """After two requests were sent."""
    until(lambda: answers(port))
    until(lambda: sorted(folder.states().values()) == ["sent", "sent", "waiting"])
    found = scraped(port)
    assert set(found) <= NAMES
    assert all(name.startswith("askonce_") for name in found)
    assert of(found, "askonce_ledger_up") == 1
    assert of(found, "askonce_workers") >= 1
    assert of(found, "askonce_sent_total", seller=SELLER, action="review") == 2
    kind = {"seller": SELLER, "action": "review", "state": "sent", "reason": "requested"}
    assert of(found, "askonce_answers_total", **kind) == 2
    assert of(found, "askonce_sent_last_day", seller=SELLER) == 2
    assert of(found, "askonce_due", seller=SELLER) == of(found, "askonce_held", seller=SELLER) == 0
    assert of(found, "askonce_brakes", seller=SELLER) == 0
    assert 0 <= of(found, "askonce_source_age_seconds", seller=SELLER, source=Source.ORDERS) < 300
    used = of(found, "askonce_budget_used_ratio", seller=SELLER, operation=ASK)
    assert 0 <= used <= 1
    folder.write(STOP, seller=SELLER)
    stopped = {"seller": SELLER, "marketplace": "", "action": "", "reason": "not_authorised"}
    assert of(scraped(port), "askonce_stopped", **stopped) == 1


def test_askonce_run_has_metrics(tmp_path: Path, unused_port: int) -> None:
    orders = [delivered(1), delivered(2), delivered(3, 2)]
    more = {"METRICS_PORT": str(unused_port)}
    with amazon(*orders) as simulator, selling(tmp_path, simulator.url, more=more) as folder:
        worker = folder.start("run")
        must_be_right(folder, unused_port)
        checks = {each["name"]: each["verdict"] for each in folder.json("check", expect=None)["checks"]}
        assert checks["metrics"] == "pass"
        assert worker.stop() == 0
        assert not answers(unused_port)


def test_one_of_several_celery_workers_has_them_for_all(
    tmp_path: Path, unused_port: int, redis_url: str, postgres_url: str
) -> None:
    orders = [delivered(1), delivered(2), delivered(3, 2)]
    more = {"METRICS_PORT": str(unused_port)}
    places = {"database_url": postgres_url, "redis_url": redis_url}
    with amazon(*orders) as simulator, selling(tmp_path, simulator.url, more=more, **places) as folder:
        workers = [folder.celery("worker", "--concurrency", "4", "-n", f"w{number}@here") for number in range(2)]
        must_be_right(folder, unused_port)
        until(lambda: any("METRICS_PORT" in each.stderr() for each in workers))
        said = "".join(each.stderr() for each in workers)
        assert said.count("metrics at http://127.0.0.1:") == said.count("cannot be used: Address already in use") == 1
        assert [each.stop() for each in workers] == [0, 0]


def test_a_port_that_is_taken_stops_nothing(tmp_path: Path) -> None:
    with socket.socket() as other, amazon(delivered(1)) as simulator:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with selling(tmp_path, simulator.url, more={"METRICS_PORT": str(port)}) as folder:
            worker = folder.start("run")
            until(lambda: set(folder.states().values()) == {"sent"})
            assert f"METRICS_PORT: {port} cannot be used: Address already in use" in worker.stderr()
            assert worker.stop() == 0


def test_another_program_at_the_port_is_told_from_nobody(unused_port: int) -> None:
    (nobody,) = check_metrics(unused_port)
    with inbox() as other:  # it answers, and has no metrics
        (found,) = check_metrics(other.port)
        other.status = 404
        (refused,) = check_metrics(other.port)
    assert (nobody.verdict, nobody.detail) == (Outcome.UNKNOWN, f"nobody answers at port {unused_port}")
    words = f"another program answers at port {other.port}"
    assert {(each.verdict, each.detail) for each in (found, refused)} == {(Outcome.FAIL, words)}


@pytest.mark.parametrize("value", ["0", "65536", "nine", "127.0.0.1:9464"])
def test_what_is_no_port_is_a_complaint(value: str, tmp_path: Path) -> None:
    with amazon() as simulator, selling(tmp_path, simulator.url, more={"METRICS_PORT": value}) as folder:
        assert "METRICS_PORT must be a port: a whole number from 1 to 65535" in folder.askonce("run", expect=2).stderr


def named(text: str) -> set[str]:
    return set(re.findall(r"\baskonce_[a-z_]+", text))


def test_the_example_rules_use_metrics_that_exist() -> None:
    text = (ROOT / "deploy/prometheus-rules.yml").read_text()
    (group,) = yaml.safe_load(text)["groups"]
    assert named("".join(rule["expr"] for rule in group["rules"])) <= NAMES
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert named(rule["expr"]), rule
        assert "summary" in rule["annotations"]


def test_the_example_dashboard_uses_metrics_that_exist() -> None:
    board = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert queries
    assert all(named(query) and named(query) <= NAMES for query in queries)
    placed = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(placed)) == len(placed)


def test_every_metric_is_in_the_docs() -> None:
    shown = {name for name, *_ in rows(section("docs/operations.md", "Metrics"))}
    assert shown == NAMES
