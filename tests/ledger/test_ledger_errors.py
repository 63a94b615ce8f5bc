import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from ledger import identities, meta
from ledger.database import Ledger, LedgerError, open_ledger
from ledger.requests import REVIEWS
from tests.ledger.examples import SELLER, due, review
from tests.postgres import PostgresServer, connected

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who may not write everywhere; a no-op for one who already is."""
    if root := os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that everybody can enter and nobody but its owner can write to."""
    folder = Path(tempfile.mkdtemp(prefix="askonce-"))
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def own_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """A ledger that a test may spoil."""
    ledger = open_ledger(sqlite_url)
    yield ledger
    ledger.close()


def complaint(url: str) -> str:
    with pytest.raises(LedgerError) as raised:
        open_ledger(url)
    return str(raised.value)


@pytest.mark.parametrize("url", ["", "askonce.db", "mysql://host/name", "nonsense://", "postgresql://host:port/name"])
def test_what_is_no_url_of_a_known_database_is_said_with_what_to_type(url: str) -> None:
    assert "Type: DATABASE_URL=sqlite:///var/askonce.db, or DATABASE_URL=postgresql://" in complaint(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_ledger_that_would_be_forgotten_is_refused(url: str) -> None:
    assert complaint(url).endswith("Type: DATABASE_URL=sqlite:///var/askonce.db")


@pytest.mark.parametrize(
    "url",
    ["postgresql://askonce:planted-secret@{}/ledger", "postgresql://askonce@{}/ledger?password=planted-secret"],
    ids=["before the host", "among the options"],
)
def test_an_unreachable_server_is_said_without_its_password(url: str, unused_port: int) -> None:
    said = complaint(url.format(f"127.0.0.1:{unused_port}"))
    assert said.endswith("Start the database, or set DATABASE_URL to where it is")
    assert f"127.0.0.1:{unused_port}" in said
    assert "planted-secret" not in said


def test_a_wrong_password_is_said_and_not_shown(postgres: PostgresServer, postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        hba = Path(str(connection.execute("SHOW hba_file").fetchone()[0]))  # type: ignore[index]
        connection.execute("DROP ROLE IF EXISTS askonce")
        connection.execute("CREATE ROLE askonce LOGIN PASSWORD 'the-right-one'")
        before = hba.read_text()
        hba.write_text(f"local all askonce scram-sha-256\n{before}")
        connection.execute("SELECT pg_reload_conf()")
        url = make_url(postgres_url).set(username="askonce", password="planted-secret")
        said = complaint(url.render_as_string(hide_password=False))
        hba.write_text(before)
        connection.execute("SELECT pg_reload_conf()")
    assert said.endswith("Set the right user and password in DATABASE_URL")
    assert "planted-secret" not in said


def test_an_unwritable_folder_is_said(public_folder: Path) -> None:
    with as_nobody():
        said = complaint(f"sqlite:///{public_folder}/askonce.db")
    assert "Make the folder writable: chmod u+w FOLDER, or set DATABASE_URL to another place" in said


def test_a_folder_that_cannot_be_made_is_said(public_folder: Path) -> None:
    with as_nobody():
        said = complaint(f"sqlite:///{public_folder}/var/askonce.db")
    assert "Make the folder writable: chmod u+w FOLDER, or set DATABASE_URL to another place" in said


def test_a_read_only_file_is_said(public_folder: Path) -> None:
    file = public_folder / "askonce.db"
    public_folder.chmod(0o755)
    open_ledger(f"sqlite:///{file}").close()
    file.chmod(0o444)
    public_folder.chmod(0o777)
    with as_nobody():
        ledger = open_ledger(f"sqlite:///{file}")
        with pytest.raises(LedgerError, match="Make the file and its folder writable: chmod"), ledger.begin() as write:
            meta.put(write, "key", "value")
        ledger.close()


@pytest.mark.parametrize("content", [b"Dear Sir or Madam, " * 50, bytes(range(256)) * 20], ids=["words", "bytes"])
def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    assert complaint(f"sqlite:///{file}").endswith(
        "DATABASE_URL names a file that is no ledger. Set it to another file"
    )
    assert file.read_bytes() == content


def test_a_file_that_another_program_holds_is_said(own_ledger: Ledger, tmp_path: Path) -> None:
    with own_ledger.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # its connection is the next one's too
    with closing(sqlite3.connect(tmp_path / "askonce.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="Another program holds the file"), own_ledger.begin():
            pass
        with own_ledger.read() as connection:  # who only reads does not wait
            assert identities.is_empty(connection)


def test_a_full_disk_is_said_and_nothing_of_the_transaction_is_kept(own_ledger: Ledger) -> None:
    with own_ledger.begin() as connection:
        due(connection, "kept")
        connection.exec_driver_sql("PRAGMA max_page_count = 60")
    with pytest.raises(LedgerError, match="Nothing was lost"):
        _write_much(own_ledger)
    with own_ledger.read() as connection:
        assert REVIEWS.one(connection, SELLER, review("kept")) is not None
        assert REVIEWS.one(connection, SELLER, review("lost-0")) is None
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    _write_much(own_ledger)


def _write_much(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, *(f"lost-{number}" for number in range(500)))


def test_a_server_that_ends_the_connection_is_said_and_the_next_transaction_has_a_new_one(
    postgres_ledger: Ledger,
) -> None:
    with suppress(LedgerError), postgres_ledger.begin() as connection:
        meta.put(connection, "key", "value")
        with postgres_ledger.engine.connect() as other:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            other.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        meta.put(connection, "key", "another value")
        raise AssertionError("the connection should be gone")
    with postgres_ledger.read() as connection:
        assert meta.get(connection, "key") is None


def test_the_name_of_a_ledger_has_no_password(postgres_url: str) -> None:
    url = make_url(postgres_url).set(password="planted-secret")
    ledger = open_ledger(url.render_as_string(hide_password=False))
    assert "planted-secret" not in ledger.name
    ledger.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_may_be_named_in_the_usual_ways(postgres_url: str, scheme: str) -> None:
    ledger = open_ledger(postgres_url.replace("postgresql", scheme, 1))
    assert ledger.engine.dialect.name == "postgresql"
    ledger.close()
