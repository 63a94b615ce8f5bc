"""Arming as a person types it, and ledgers that were copied or restored, with real processes."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.docs.pages import section
from tests.worker.seller_folder import ASK, SELLER, Folder, Running, amazon, delivered, selling, toml, until
from tests.worker.terminal import Terminal

DUE = [delivered(number) for number in range(1, 9)]


def typed(folder: Folder, answer: str, *arguments: str) -> tuple[int, str]:
    """A command on a terminal, where a person answers its question. Returns its exit code, and what was shown."""
    terminal = Terminal(folder.path, **folder.environ)
    shown = terminal.types(" ".join(("askonce", *arguments)), answer)
    return terminal.code, shown


def disarmed(folder: Folder) -> None:
    assert "not armed any more" in folder.askonce("disarm", "--seller", SELLER).stdout


def test_a_person_is_shown_the_plan_and_asked_before_anything_goes_out(tmp_path: Path) -> None:
    with amazon(*DUE) as simulator, selling(tmp_path, simulator.url) as folder:
        disarmed(folder)
        assert folder.json("sweep", expect=1)["by_reason"] == {"not_armed": len(DUE)}
        code, shown = typed(folder, "n", "arm", "--seller", SELLER)
        assert code == 1
        assert DUE[0].order_id in shown
        assert f"Let this go out for {SELLER}?" in shown
        assert folder.json("sweep", expect=1)["by_reason"] == {"not_armed": len(DUE)}
        code, shown = typed(folder, "y", "arm", "--seller", SELLER)
        assert code == 0, shown
        assert f"{SELLER}: armed" in shown
        assert folder.json("sweep")["sent"] == len(DUE)
        acts = [act["act"] for act in folder.json("audit")["acts"]]
        assert sorted(acts) == ["arm", "disarm"]


def test_where_nobody_can_be_asked_it_says_what_to_type(tmp_path: Path) -> None:
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        disarmed(folder)
        said = folder.askonce("arm", expect=2).stderr
        assert f"Type: askonce arm --seller {SELLER} --yes" in said
        assert "armed. There is no ramp-up" in folder.askonce("arm", "--yes").stdout
        assert "armed already, by" in folder.askonce("arm", "--yes").stdout


def test_the_ramp_up_of_the_settings_is_kept(tmp_path: Path) -> None:
    with amazon(*DUE) as simulator, selling(tmp_path, simulator.url) as folder:
        settings = tmp_path / "sellers.toml"
        settings.write_text(settings.read_text().replace("ramp_up = []\n", ""))
        disarmed(folder)
        assert "At most 5, then 50 of each kind go out a day" in folder.askonce("arm", "--yes").stdout
        found = folder.json("sweep")
        assert (found["sent"], found["by_reason"]) == (5, {"ramp_up": len(DUE) - 5})
        assert len(simulator.accepted()) == 5
        assert "the most for today has gone out\n" in folder.askonce("plan").stdout


# copies


def a_copy_of_the_folder(_folder: Folder, before: Path) -> Path:
    return before


def restored_in_place(folder: Folder, before: Path) -> Path:
    """As `cp -a backup/var .` does: each file keeps its inode."""
    for file in (before / "var").rglob("*"):
        if file.is_file():
            (folder.path / file.relative_to(before)).write_bytes(file.read_bytes())
    return folder.path


def the_ledger_alone_restored_in_place(folder: Folder, before: Path) -> Path:
    for rest in ("askonce.db-wal", "askonce.db-shm"):
        (folder.path / "var" / rest).unlink(missing_ok=True)
    (folder.path / "var/askonce.db").write_bytes((before / "var/askonce.db").read_bytes())
    return folder.path


def restored_as_new_files(folder: Folder, before: Path) -> Path:
    shutil.rmtree(folder.path / "var")
    shutil.copytree(before / "var", folder.path / "var")
    return folder.path


WORLDS: dict[str, Callable[[Folder, Path], Path]] = {
    "a copied folder beside it": a_copy_of_the_folder,
    "a folder restored from yesterday, file by file": restored_in_place,
    "the ledger alone restored from yesterday": the_ledger_alone_restored_in_place,
    "a folder restored from yesterday, as new files": restored_as_new_files,
}


COPIED, RESTORED = "| the folder is copied, with its ledger", "| the ledger, or its folder, is restored"
DOCS = {name: RESTORED if "restored" in name else COPIED for name in WORLDS}


@pytest.mark.parametrize("name", WORLDS)
def test_a_copy_of_a_ledger_sends_nothing_by_itself(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    home = tmp_path / "home"
    with amazon(*DUE) as simulator, selling(tmp_path / "shop", simulator.url) as folder:
        folder.environ["HOME"] = str(home)
        folder.askonce("pause")
        folder.askonce("sweep")
        folder.askonce("resume")
        folder.close()
        before = shutil.copytree(folder.path, tmp_path / "before")
        assert folder.json("sweep")["sent"] == len(DUE)
        again = Folder(WORLDS[name](folder, before), folder.variables, toml(SELLER))
        again.environ["HOME"] = str(home)
        assert again.json("sweep", expect=1)["by_reason"] == {"not_armed": len(DUE)}
        wrong = sum(each.count for each in simulator.accepted().values()) - len(DUE)
        record_property(f"largest wrong batch, {name}", wrong)
        (said,) = (row for row in section("docs/brakes.md", "What a mistake costs").splitlines() if DOCS[name] in row)
        assert said.endswith(f"| {wrong} |")
        said = again.askonce("status", expect=1).stdout
        assert f"askonce arm --seller {SELLER}" in " ".join(said.split())


# ramp-up


def noon_somewhere() -> str:
    """A time zone in which it is about noon, so that the day does not end meanwhile."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


def test_however_many_workers_there_are_and_die_no_more_than_five_go_out_on_the_first_day(
    database_url: str, tmp_path: Path
) -> None:
    orders = [delivered(number) for number in range(1, 31)]
    reviews = f'day_range = [5, 30]\ntimezone = "{noon_somewhere()}"'
    with (
        amazon(*orders) as simulator,
        selling(tmp_path, simulator.url, database_url=database_url, reviews=reviews) as folder,
    ):
        settings = tmp_path / "sellers.toml"
        settings.write_text(settings.read_text().replace("ramp_up = []", "ramp_up = [5, 50]"))
        folder.askonce("sweep", "--dry-run")
        simulator.faults(Fault("slow", ASK, seconds=0.3))
        for round_ in range(1, 8):
            workers = [folder.start("sweep") for _ in range(2)]
            _until_asked(simulator, round_, workers)
            for worker in workers:
                worker.kill()
            assert len(simulator.accepted()) <= 5
        simulator.clear_faults()
        for _ in range(3):
            folder.askonce("sweep", expect=None)
        assert [each.count for each in simulator.accepted().values()] == [1] * 5
        assert folder.json("plan")["by_reason"].get("ramp_up", 0) == 0
        assert folder.broken_invariants() == {}


def _until_asked(simulator: SimulatorProcess, times: int, workers: list[Running]) -> None:
    """Until Amazon has been asked so often, or all workers have ended by themselves."""

    def is_so() -> bool:
        is_over = all(worker.process.poll() is not None for worker in workers)
        return is_over or simulator.summary()["calls"].get(ASK, 0) >= times

    until(is_so)
