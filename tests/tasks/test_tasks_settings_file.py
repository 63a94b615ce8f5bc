"""The settings file is saved whole or not at all, over what was read alone, and whoever did it is written down."""

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.acts import recorded
from ledger.database import Ledger
from tasks.not_done import NotDone
from tasks.settings_file import ChangedMeanwhile, SettingsFile, change, difference
from tests.tasks.workshop import CLAIRE, NOW

TEXT = """\
[sellers.a]                # mine
region = "eu"
marketplaces = ["FR"]

[sellers.b]
region = "eu"
marketplaces = ["DE"]
"""
LIVE = TEXT.replace('["FR"]', '["FR"]\nlive = true')
SECRETS = {f"{name}_LWA_{each}": "x" for name in "AB" for each in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}


@pytest.fixture
def file() -> Iterator[SettingsFile]:
    """In a folder of its own, which everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="askonce-"))
    folder.chmod(0o755)
    (folder / "sellers.toml").write_text(TEXT)
    yield SettingsFile(folder / "sellers.toml", SECRETS)
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who may not write everywhere."""
    if root := os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_change_is_saved_with_its_mode_and_written_down(file: SettingsFile, sqlite_ledger: Ledger) -> None:
    file.path.chmod(0o640)
    read = file.read()
    saved = change(sqlite_ledger, file, LIVE, read.digest, CLAIRE, NOW)
    assert (file.path.read_text(), saved.text, file.path.stat().st_mode & 0o777) == (LIVE, LIVE, 0o640)
    assert [each.name for each in file.path.parent.iterdir()] == ["sellers.toml"]
    with sqlite_ledger.read() as connection:
        (act,) = recorded(connection)
    assert (act.person, act.act, act.seller) == ("Claire", "settings", "a")
    assert (act.before, act.after) == ({"live": False}, {"live": True})


def test_a_link_stays_a_link(file: SettingsFile) -> None:
    real = file.path.rename(file.path.with_name("real.toml"))
    file.path.symlink_to("real.toml")
    file.save(LIVE, file.read().digest)
    assert file.path.is_symlink()
    assert real.read_text() == LIVE


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(file: SettingsFile, sqlite_ledger: Ledger) -> None:
    read = file.read()
    by_hand = TEXT.replace('["DE"]', '["DE", "FR"]')
    file.path.write_text(by_hand)
    with pytest.raises(ChangedMeanwhile) as told:
        change(sqlite_ledger, file, LIVE, read.digest, CLAIRE, NOW)
    assert told.value.now.text == file.path.read_text() == by_hand
    assert difference(file.as_read(read.digest) or "", by_hand, 0)[1:] == [
        '-marketplaces = ["DE"]',
        '+marketplaces = ["DE", "FR"]',
    ]
    with sqlite_ledger.read() as connection:
        assert list(recorded(connection)) == []


def test_a_first_file_is_written_but_never_over_one_that_came_meanwhile(file: SettingsFile) -> None:
    file.path.unlink()
    none = file.read()
    assert (none.text, none.digest) == ("", "")
    file.save(TEXT, none.digest)
    assert file.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ChangedMeanwhile):
        file.save(LIVE, none.digest)


def test_a_full_disk_leaves_the_file_as_it_was(file: SettingsFile, sqlite_ledger: Ledger) -> None:
    digest = file.read().digest
    with sqlite_ledger.read() as connection:
        list(recorded(connection))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(NotDone, match=r"cannot be written: File too large\. Nothing was saved"):
            file.save(LIVE, digest)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.path.read_text() == TEXT
    assert [each.name for each in file.path.parent.iterdir()] == ["sellers.toml"]


def test_a_folder_that_may_not_be_written_to_says_so(file: SettingsFile) -> None:
    digest = file.read().digest
    file.path.parent.chmod(0o555)
    with as_nobody(), pytest.raises(NotDone, match=r"cannot be written: Permission denied\. Nothing was saved"):
        file.save(LIVE, digest)
    assert file.path.read_text() == TEXT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.encode("utf-16"), "is saved in UTF-16"),
        (b'# token = "Atzr|IwEBIA"\n' + TEXT.encode(), "Line 1 of .* has a secret in it"),
    ],
    ids=["utf-16", "secret"],
)
def test_a_file_that_cannot_be_shown_says_why(file: SettingsFile, content: bytes, words: str) -> None:
    file.path.write_bytes(content)
    with pytest.raises(NotDone, match=words) as told:
        file.read()
    assert "IwEBIA" not in str(told.value)


def test_a_text_is_tried_with_all_that_it_needs(file: SettingsFile) -> None:
    assert file.tried(TEXT).complaints == ()
    wrong = file.tried(TEXT.replace('["FR"]', '["F"]'))
    assert [each.where for each in wrong.complaints] == ["sellers.toml:3"]
    missing = file.tried(TEXT.replace("sellers.b", "sellers.c")).complaints
    assert {each.remedy.partition("=")[0] for each in missing} == {
        name.replace("B_", "C_") for name in SECRETS if name[0] == "B"
    }
