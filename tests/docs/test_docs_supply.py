"""What is installed is known by version and hash; sbom.json and the units say what they should."""

import json
import re
import tomllib

import pytest

from tests.docs.pages import ROOT, section, text
from tests.docs.test_docs_deployment import UNITS

LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
HARDENED = (
    *("CapabilityBoundingSet=", "LimitCORE=0", "NoNewPrivileges=yes", "PrivateDevices=yes", "PrivateTmp=yes"),
    *("ProtectHome=yes", "ProtectSystem=strict", "RestrictNamespaces=yes", "SystemCallFilter=@system-service"),
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
)


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_has_a_hash(lock: str) -> None:
    found = re.split(r"\n(?=\w)", (ROOT / lock).read_text().strip())
    assert len(found) == len(pinned(lock))
    assert [each.split()[0] for each in found if "--hash=sha256:" not in each] == []


def test_nothing_is_installed_without_a_hash() -> None:
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pip install" in line]
    assert lines
    known = ("--require-hashes", "--no-deps --no-build-isolation")
    assert [line for line in lines if not any(each in line for each in known)] == []


def test_the_build_backend_is_the_locked_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["build-system"]["requires"] == [f"hatchling=={pinned('requirements-build.lock')['hatchling']}"]
    assert {"uv", "editables"} <= pinned("requirements-build.lock").keys()


def test_the_sbom_has_the_locked_packages() -> None:
    listed = json.loads((ROOT / "sbom.json").read_text())
    found = {each["purl"].partition("/")[2].partition("@")[0]: each["version"] for each in listed["components"]}
    locked = pinned("requirements.lock")
    elsewhere = {"async-timeout", "colorama", "tzdata"}  # for other systems and versions of Python
    assert found.items() <= locked.items()
    assert locked.keys() - found.keys() <= elsewhere
    assert [each["name"] for each in listed["components"] if not each.get("licenses")] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gives_no_more_than_is_needed(unit: object) -> None:
    lines = text(f"deploy/{unit.name}").splitlines()  # type: ignore[attr-defined]
    assert [each for each in HARDENED if each not in lines] == []
    assert [line for line in lines if line.startswith(("ProtectProc=", "ProcSubset="))] == []
    (limit,) = (line.partition("=")[2] for line in lines if line.startswith("MemoryMax="))
    assert limit.replace("G", " GB").replace("M", " MB") in section("docs/deployment.md", "systemd")
