"""The real `askonce run`, in a process of its own, for one seller of a simulated Amazon."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.armed import arm
from ledger.database import open_ledger

SELLER = "maison-durand"
SELLERS_TOML = f"""
[sellers.{SELLER}]
region = "eu"
marketplaces = ["FR"]
live = true
ramp_up = []
"""


def environment(folder: Path, database: Path, amazon: str) -> dict[str, str]:
    """The variables that askonce reads, with a settings file in `folder`."""
    sellers_file = folder / "sellers.toml"
    sellers_file.write_text(SELLERS_TOML)
    prefix = SELLER.upper().replace("-", "_")
    return {
        "DATABASE_URL": f"sqlite:///{database}",
        "SELLERS_FILE": str(sellers_file),
        "SP_API_ENDPOINT": amazon,
        "LWA_ENDPOINT": amazon,
        f"{prefix}_LWA_CLIENT_ID": "simulated",
        f"{prefix}_LWA_CLIENT_SECRET": "simulated",
        f"{prefix}_LWA_REFRESH_TOKEN": SELLER,
    }


def put_in_service(database: Path) -> None:
    with closing(open_ledger(f"sqlite:///{database}")) as ledger:
        arm(ledger, [SELLER])


@contextmanager
def askonce_run(folder: Path, database: Path, amazon: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs until the end of the block, and is then stopped with SIGTERM. Raises RuntimeError if it ended by itself."""
    put_in_service(database)
    log = folder / f"{database.stem}.log"
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("askonce"), "run"],
            env=os.environ | environment(folder, database, amazon),
            cwd=folder,  # without the .env of wherever the benchmark was started
            stdout=lines,
            stderr=lines,
        )
        try:
            yield process
            if process.poll() is not None:
                raise RuntimeError(f"askonce run ended: {log.read_text()[-2000:]}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
