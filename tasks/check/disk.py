"""Check: is there room left on the disk?"""

import shutil
from pathlib import Path

from ledger.database import Ledger
from tasks.check.outcome import Check, Outcome

NEARLY_FULL = 500_000_000
"""Bytes that must be free: a ledger grows by some kilobytes an order, and its backup is as large as itself."""


def check_disk(ledger: Ledger) -> Check:
    """How much is free where the ledger is, or, with a database elsewhere, in this folder?"""
    database = ledger.engine.url.database
    folder = Path(database).absolute().parent if ledger.is_file and database else Path.cwd()
    free = shutil.disk_usage(folder).free
    if free >= NEARLY_FULL:
        return Check("disk", Outcome.PASS, "enough of it is free")
    detail = f"{free / 1_000_000:.0f} MB are free in {folder}; when there are none, nothing can be recorded or sent"
    return Check("disk", Outcome.FAIL, detail, "free some space: df -h")
