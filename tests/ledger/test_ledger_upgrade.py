"""Upgrades with processes of two versions: this one, and copies of it with fabricated migrations."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, Table, inspect, select, text

from ledger import lanes
from ledger.database import Ledger, open_ledger
from ledger.declared import metadata
from ledger.errors import Outgrown
from ledger.migrations import HEAD
from ledger.requests import REVIEWS
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, MINUTE, NOW, SELLER, claimed, review
from tests.postgres import connected
from tests.versions import AFTER_NEXT, NEXT, ROOT, Version, contracted, expanded, stuck

OPEN = "import sys; from ledger.database import open_ledger; open_ledger(sys.argv[1]).close()"


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return expanded(tmp_path_factory.mktemp("next"))


@pytest.fixture(scope="module")
def version_after_next(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return contracted(tmp_path_factory.mktemp("after_next"))


@pytest.fixture
def own_ledger(database_url: str) -> Iterator[Ledger]:
    """A ledger that a test may take to another version."""
    made = open_ledger(database_url)
    yield made
    made.close()


def opened(version: Version, url: str, **variables: str) -> "subprocess.Popen[bytes]":
    """A process of that version that opens the ledger, and so migrates it."""
    return subprocess.Popen([sys.executable, "-c", OPEN, url], cwd=version.path, env={**version.environ, **variables})


def revision(ledger: Ledger) -> str:
    with ledger.read() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def rows(ledger: Ledger, table: str) -> Sequence[Any]:
    with ledger.read() as connection:
        return connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()


def test_a_contracted_ledger_lets_the_older_program_at_work_settle_and_leave(
    own_ledger: Ledger, database_url: str, version_after_next: Version
) -> None:
    with own_ledger.begin() as connection:
        lane = lanes.acquire(connection, SELLER, "me", NOW)
        claimed(connection, "a", token=1)
    assert lane is not None
    assert opened(version_after_next, database_url).wait(60) == 0
    assert revision(own_ledger) == AFTER_NEXT
    with own_ledger.begin() as connection:
        sent = Transition(review("a"), State.SENT, Reason.REQUESTED)
        assert REVIEWS.settle(connection, SELLER, lane.token, sent, Answered("accepted", 201), NOW, asked=True)
    with pytest.raises(Outgrown, match="Type: git pull && make install"), own_ledger.begin() as connection:
        lanes.renew(connection, lane, {}, NOW + MINUTE)
    with own_ledger.begin() as connection:
        lanes.release(connection, lane, {})
    for seller in (SELLER, "a-seller-without-a-lane"):
        with pytest.raises(Outgrown), own_ledger.begin() as connection:
            lanes.acquire(connection, seller, "me", NOW + DAY)
    with pytest.raises(Outgrown, match=f"needs revision {NEXT}, and this one knows only {HEAD}"):
        open_ledger(database_url)
    assert [(row.token, row.holder) for row in rows(own_ledger, "lanes")] == [(lane.token, "")]


def test_a_migration_that_waits_for_a_table_lets_the_others_work_and_goes_on(
    postgres_url: str, next_version: Version
) -> None:
    ledger = open_ledger(postgres_url)
    with connected(postgres_url) as backup, connected(postgres_url) as other:
        other.execute("SET lock_timeout = '60s'")
        with backup.transaction():
            backup.execute("SELECT * FROM sources")
            migration = opened(next_version, postgres_url)
            blocked = 0
            while blocked < 2:  # and not for ever, although the backup goes on
                assert migration.poll() is None
                began = time.monotonic()
                other.execute("DELETE FROM sources")
                blocked += time.monotonic() - began > 0.3
                time.sleep(0.05)
            assert revision(ledger) == HEAD
    assert migration.wait(60) == 0
    assert revision(ledger) == NEXT
    ledger.close()


@pytest.mark.long
def test_a_migration_that_waits_too_long_says_for_what(postgres_url: str, next_version: Version) -> None:
    open_ledger(postgres_url).close()
    with connected(postgres_url) as connection, connection.transaction():
        connection.execute("SELECT * FROM sources")
        said = subprocess.run(
            [sys.executable, "-c", OPEN, postgres_url],
            cwd=next_version.path,
            env=next_version.environ,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        ).stderr
    assert "It is in use by a backup or another upgrade: wait for the end of that, then start again" in said


def test_a_migration_killed_half_way_leaves_the_ledger_as_it_was(
    own_ledger: Ledger, database_url: str, tmp_path: Path
) -> None:
    with own_ledger.begin() as connection:
        claimed(connection, "a")
    before = [rows(own_ledger, table) for table in ("orders", "entries", "meta")]
    half_way = tmp_path / "half-way"
    process = opened(stuck(tmp_path / "stuck"), database_url, HALF_WAY=str(half_way))
    deadline = time.monotonic() + 60
    while not half_way.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    with own_ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert not inspect(connection).has_table("half")
    assert revision(own_ledger) == HEAD
    assert [rows(own_ledger, table) for table in ("orders", "entries", "meta")] == before


FIRST_ROWS: dict[str, dict[str, Any]] = {
    "orders": {"seller": SELLER, "order_id": "a", "not_delivered_at": NOW, "replaced_by": "b"},
    "entries": {
        "seller": SELLER, "order_id": "a", "action": "review", "state": "sent", "reason": "requested", "tries": 2,
        "asked_at": NOW, "changed_at": NOW,
    },
    "attempts": {
        "id": 41, "seller": SELLER, "order_id": "a", "action": "review", "at": NOW, "state": "sent",
        "reason": "requested", "detail": "accepted", "status": 201,
    },
    "sources": {"seller": SELLER, "source": "orders", "as_of": NOW, "cursor": "{}"},
    "controls": {"scope": "*", "reason": "paused", "detail": ""},
    "lanes": {"seller": SELLER, "token": 2**40, "holder": "", "expires_at": NOW, "pace": "{}"},
    "meta": {"key": f"settings:{SELLER}", "value": "digest"},
}  # fmt: skip
"""A row for each table as the first ledger had them."""


def test_a_ledger_of_the_first_version_is_brought_to_this_one_with_all_that_it_held(database_url: str) -> None:
    engine = _first_ledger(database_url)
    with engine.begin() as connection:
        for name, row in FIRST_ROWS.items():
            connection.execute(Table(name, MetaData(), autoload_with=connection).insert(), row)
    engine.dispose()
    ledger = open_ledger(database_url)
    with ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        for name, row in FIRST_ROWS.items():
            table = metadata.tables[name]
            kept = connection.execute(select(*(table.c[column] for column in row))).first()
            assert kept == tuple(row.values())
    assert revision(ledger) == HEAD
    ledger.close()


def _first_ledger(url: str) -> Engine:
    """A ledger as the first version left it."""
    ledger = open_ledger(url)
    with ledger.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "ledger/migrations"))
    with ledger.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    return ledger.engine
