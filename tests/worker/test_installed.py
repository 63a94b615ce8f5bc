"""askonce as people install it: from a wheel, away from its source."""

import json
import os
import subprocess
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("settings", "rules", "invoices", "marketplace", "ledger", "tasks", "web", "worker")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(scripts() / "uv", "build", "-q", "--wheel", "--no-build-isolation", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and the libraries of this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    run(scripts() / "uv", "pip", "install", "-q", "--no-deps", "--python", folder, wheel)
    (packages,) = folder.glob("lib/*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def scripts() -> Path:
    return Path(sysconfig.get_path("scripts"))


def run(*command: str | Path, cwd: Path = ROOT, code: int = 0) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    ended = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stderr
    return ended.stdout


def test_the_wheel_has_every_file_of_the_rooms(wheel: Path) -> None:
    files = {str(path.relative_to(ROOT)) for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()}
    wanted = {name for name in files if "__pycache__" not in name}
    assert wanted - set(ZipFile(wheel).namelist()) == set()


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    assert {name.partition("/")[0] for name in ZipFile(wheel).namelist()} == {*ROOMS, "askonce-0.1.0.dist-info"}


def test_it_works_in_a_folder_of_the_seller(installed: Path, tmp_path: Path) -> None:
    run(installed / "askonce", "init", cwd=tmp_path)
    where = run(installed / "python", "-c", "import worker; print(worker.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    secrets = {"CLIENT_ID": "amzn1.application-oa2-client.5f1d", "CLIENT_SECRET": "amzn1.oa2-cs.v1.8a2c"}
    names = [*secrets.items(), ("REFRESH_TOKEN", "Atzr|IwEBIJ7")]
    (tmp_path / ".env").write_text("\n".join(f"MY_SHOP_LWA_{name}={value}" for name, value in names))
    assert json.loads(run(installed / "askonce", "history", "--json", cwd=tmp_path))["entries"] == []
    assert (tmp_path / "var/askonce.db").is_file()


def test_celery_finds_the_workers_app(installed: Path, tmp_path: Path) -> None:
    assert "celery" in run(installed / "python", "-m", "celery", "-A", "worker", "--help", cwd=tmp_path).lower()
