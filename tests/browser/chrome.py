"""A Chrome or Chromium for the tests: the machine's own, or one from packages, kept in .cache/ of this checkout."""

import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import brotli
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
CACHE = HERE.parents[1] / ".cache" / "browser"
ON_THE_MACHINE = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
ARGUMENTS = ("--headless=shell", "--no-sandbox", "--disable-gpu")


@dataclass(frozen=True, slots=True)
class Chrome:
    """A program, and what it needs around it."""

    program: Path
    environ: dict[str, str] = field(default_factory=dict)


def packages() -> Path:
    """The folder of the packages that `package-lock.json` names, fetched once."""
    made = CACHE / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    with _alone():
        if not (made / "whole").exists():
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, made)
            npm = Path(sys.executable).with_name("npm")
            subprocess.run(
                [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=made, check=True
            )
            _unpack(made / "node_modules/@sparticuz/chromium/bin", made / "chrome")
            (made / "whole").touch()
    return made


def chrome() -> Chrome:
    """The machine's own browser, or the one that the packages have."""
    for name in ON_THE_MACHINE:
        if found := shutil.which(name):
            return Chrome(Path(found))
    unpacked = packages() / "chrome"
    libraries = str(unpacked / "al2023" / "lib")
    return Chrome(unpacked / "chromium", {"LD_LIBRARY_PATH": libraries})


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser."""
    found = chrome()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found.program, args=ARGUMENTS, env={**os.environ, **found.environ}
        )
        yield running
        running.close()


def _unpack(packed: Path, to: Path) -> None:
    to.mkdir()
    for file in packed.glob("*.br"):
        content = brotli.decompress(file.read_bytes())
        name = file.name.removesuffix(".br")
        if name.endswith(".tar"):
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                tar.extractall(to / name.removesuffix(".tar"), filter="data")
        else:
            (to / name).write_bytes(content)
            (to / name).chmod(0o755)


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time fetches."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
