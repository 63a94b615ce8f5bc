"""A command's --help loads nothing but what it shows, a command that reads the ledger nothing that only others need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.database import open_ledger
from worker.commands import COMMANDS, import_, invoice

HEAVY = {"alembic", "celery", "cryptography", "msgspec", "psycopg", "pydantic", "rich", "sqlalchemy", "sqlmodel"}
GROUPS = {"invoice": invoice.NAMED, "import": import_.NAMED}
NAMES = [*([name] for name in COMMANDS), *([group, name] for group, named in GROUPS.items() for name in named)]
ASK = """
import sys
from worker.__main__ import main
try:
    main()
except SystemExit:
    print(*sys.modules)
"""
READERS = ("held", "history", "status", "check --quick")
NOT_READ = {"alembic", "cryptography", "rich", "sqlmodel", "sqlalchemy.orm", "stdnum", "tasks.actions", "tasks.session"}
SELLERS = '[sellers.shop]\nregion = "eu"\nmarketplaces = ["FR"]\n'


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_help_loads_nothing_heavy(name: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", ASK, *name, "--help"], capture_output=True, text=True, check=True)
    assert f"askonce {' '.join(name)}" in done.stdout
    assert {each.partition(".")[0] for each in done.stdout.splitlines()[-1].split()} & HEAVY == set()


@pytest.mark.parametrize("words", READERS)
def test_a_command_that_reads_loads_neither_sqlmodel_nor_what_sends(
    words: str, sqlite_url: str, tmp_path: Path
) -> None:
    open_ledger(sqlite_url).close()
    (tmp_path / "sellers.toml").write_text(SELLERS)
    secrets = {f"SHOP_LWA_{name}": "x" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}
    environ = {**os.environ, **secrets, "DATABASE_URL": sqlite_url, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", ASK, *words.split()], env=environ, cwd=tmp_path, capture_output=True, text=True
    )
    loaded = {*done.stdout.splitlines()[-1].split()}
    assert "sqlalchemy" in loaded, done.stderr
    assert loaded & NOT_READ == set()
