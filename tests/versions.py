"""Versions of askonce that are yet to come: copies of its packages with one more migration, to run beside this one."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import ledger
from ledger.migrations import HEAD, OLDEST

ROOT = Path(ledger.__file__).parents[1]
PACKAGES = ("settings", "rules", "invoices", "marketplace", "ledger", "tasks", "worker")
NEXT, AFTER_NEXT = (f"{int(HEAD) + more:04}" for more in (1, 2))

EXPAND = """
    op.create_table("notes", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("sources", sa.Column("read_by", sa.Text(), nullable=True))
"""
CONTRACT = """
    op.execute("UPDATE sources SET read_by = 'the first' WHERE read_by IS NULL")
    with op.batch_alter_table("sources") as sources:
        sources.alter_column("read_by", existing_type=sa.Text(), nullable=False)
"""
HALF_WAY = """
    op.execute("DELETE FROM entries")
    op.drop_table("meta")
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    import os, pathlib, time
    pathlib.Path(os.environ["HALF_WAY"]).touch()
    time.sleep(600)
"""


@dataclass(frozen=True)
class Version:
    """A whole askonce in a folder of its own."""

    path: Path

    @property
    def environ(self) -> dict[str, str]:
        """With these variables Python finds this version, and not the one that is tested."""
        return {**os.environ, "PYTHONPATH": str(self.path)}


def expanded(path: Path) -> Version:
    """The next version: one more column, which it fills, and one more table."""
    version = _copy(path)
    _migration(version, HEAD, NEXT, EXPAND)
    row = '        "error": reading.error,\n'
    _replace(path / "ledger/sources.py", row, f'{row}        "read_by": "the next",\n')
    column = "    error: str | None = Field(default=None, sa_type=Text)"
    _replace(
        path / "ledger/declared.py", column, f"    read_by: str | None = Field(default=None, sa_type=Text)\n{column}"
    )
    subprocess.run([sys.executable, "-m", "ledger.write_tables"], cwd=path, env=version.environ, check=True)
    return version


def contracted(path: Path) -> Version:
    """The version after next: it relies on that column, so that this version can work on its ledger no more."""
    version = expanded(path)
    _migration(version, NEXT, AFTER_NEXT, CONTRACT)
    _replace(path / "ledger/migrations/__init__.py", f'HEAD = "{NEXT}"', f'HEAD = "{AFTER_NEXT}"')
    _replace(path / "ledger/migrations/__init__.py", f'OLDEST = "{HEAD}"', f'OLDEST = "{NEXT}"')
    return version


def stuck(path: Path) -> Version:
    """A next version whose migration destroys, and then waits half way: it touches the file that HALF_WAY names."""
    version = _copy(path)
    _migration(version, HEAD, NEXT, HALF_WAY)
    return version


def _copy(path: Path) -> Version:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, path / package)  # byte code too, which saves a second a start
    init = path / "ledger/migrations/__init__.py"
    _replace(init, f'HEAD = "{HEAD}"', f'HEAD = "{NEXT}"')
    _replace(init, f'OLDEST = "{OLDEST}"', f'OLDEST = "{HEAD}"')
    return Version(path)


def _migration(version: Version, before: str, revision: str, upgrade: str) -> None:
    head = f'import sqlalchemy as sa\nfrom alembic import op\nrevision, down_revision = "{revision}", "{before}"\n'
    source = f"{head}branch_labels = depends_on = None\ndef upgrade():{upgrade}"
    (version.path / f"ledger/migrations/versions/{revision}_fabricated.py").write_text(source)


def _replace(file: Path, old: str, new: str) -> None:
    source = file.read_text()
    assert source.count(old) == 1, f"{file.name} has no single {old!r}"
    file.write_text(source.replace(old, new))
