"""A command's --help loads nothing but what it shows: what is heavy is imported when a command runs."""

import subprocess
import sys

import pytest

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
    print(*{each.partition(".")[0] for each in sys.modules})
"""


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_help_loads_nothing_heavy(name: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", ASK, *name, "--help"], capture_output=True, text=True, check=True)
    assert f"askonce {' '.join(name)}" in done.stdout
    assert {*done.stdout.splitlines()[-1].split()} & HEAVY == set()
