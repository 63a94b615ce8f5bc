"""Each remedy of `askonce check` that is a command is typed, in the very trouble that it is told for."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import heartbeats
from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import ASK, SELLER, Folder, amazon, delivered, selling, toml

GONE = "gone"
ENDLESS = ("run", "simulator", "demo")
OF_A_COMMAND = r"(?: (?:--[a-z-]+|[a-z]+-[a-z-]+|gone|/\S+|[A-Z]{3,}|\d[\w-]*|sent|not-sent|list))*"


def commands_of(remedy: str) -> list[str]:
    """The commands that a remedy tells to type."""
    ours = re.findall(rf"askonce [a-z]+{OF_A_COMMAND}", remedy)
    return [each for each in ours if each.split()[1] not in ENDLESS] + re.findall(r"chmod \d+ \S+", remedy)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(delivered(1, account=GONE), delivered(2, account=SELLER), delivered(3, account=SELLER)) as process:
        yield process


@pytest.fixture(scope="module")
def troubled(simulator: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder with everything wrong that one can have at once."""
    with selling(tmp_path_factory.mktemp("shop"), simulator.url, GONE, SELLER, unavailable=()) as folder:
        folder.askonce("sweep", "--seller", GONE, expect=None)
        simulator.faults(
            Fault("unknown_403", ASK, account=SELLER),
            Fault("denied", "createReport", account=SELLER),
        )
        (folder.path / "sellers.toml").write_text(toml(SELLER, unavailable=["fba_returns", "fba_shipments"]))
        folder.askonce("sweep", expect=None)
        folder.askonce("pause", "--seller", SELLER)
        for name in (".env", "var"):
            (folder.path / name).chmod(0o755)
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with folder.ledger.begin() as connection:
            heartbeats.record(connection, heartbeats.Heartbeat("vm boot 1 1", "run", "0", long_ago, long_ago))
        yield folder


def remedies(folder: Folder) -> dict[str, str]:
    rows = folder.json("check", expect=None)["checks"]
    return {each["name"]: each["remedy"] for each in rows if each["remedy"]}


def test_every_remedy_that_is_a_command_can_be_typed(troubled: Folder) -> None:
    told = remedies(troubled)
    assert {"file .env", "folder var", f"{SELLER}: sending", f"{GONE}: left", "worker"} <= told.keys()
    typed = {each for remedy in told.values() for each in commands_of(remedy)}
    assert {f"askonce resume --seller {SELLER}", f"askonce forget {GONE}"} <= typed
    for each in sorted(typed, key=lambda each: " forget " in each):  # which goes last: others speak of its seller
        words = shlex.split(each)
        if words[0] == "chmod":
            subprocess.run(words, check=True)
        else:
            words = ["copy.db" if word == "FILE" else word for word in words]
            ended = troubled.askonce(*words[1:], *(["--yes"] if words[1] == "forget" else []), expect=None)
            assert ended.returncode in (0, 1), f"{each}: {ended.stderr}"
            assert "Usage" not in ended.stderr
    after = remedies(troubled)
    cured = {"file .env", "folder var", f"{SELLER}: sending", f"{GONE}: left"}
    assert not cured & after.keys(), json.dumps({name: after.get(name) for name in cured})


def test_what_is_told_where_there_are_no_settings_can_be_typed(tmp_path: Path, simulator: SimulatorProcess) -> None:
    with selling(tmp_path, simulator.url) as folder:
        for name in ("sellers.toml", ".env"):
            (folder.path / name).unlink()
        shutil.rmtree(folder.path / "var")
        said = folder.askonce("check", expect=2).stderr
        assert "Type: askonce init" in said
        folder.askonce("init")
        assert "askonce init" not in folder.askonce("check", expect=2).stderr
