"""docs/deployment.md says what the unit files in deploy and the code say."""

import re
import shlex
import subprocess
import sysconfig
import tomllib
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import yaml
from celery.bin.celery import celery

from ledger.database import CONNECTIONS
from tests.docs.pages import ROOT, section, shell_lines, text
from worker.celeryconfig import worker_concurrency
from worker.commands import askonce

PAGE = "docs/deployment.md"
UNITS = sorted((ROOT / "deploy").glob("*.service"))
PROGRAMS: dict[str, click.Group] = {"askonce": askonce, "celery": celery}


def can_be_typed(program: str, *words: str) -> bool:
    name, *rest = words[2:] if words[:2] == ("-A", "worker") else words
    command = PROGRAMS[program].get_command(click.Context(PROGRAMS[program]), name)
    known = {option for parameter in command.params for option in parameter.opts} if command else {""}
    return {word for word in rest if word.startswith("-")} <= known


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_can_be_typed_and_starts_it_again(unit: Path) -> None:
    read = ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # the way in which configparser is told to keep case
    read.read_string(unit.read_text())
    service = read["Service"]
    assert service["Restart"] == "always"
    assert can_be_typed(*shlex.split(service["ExecStart"].partition("/.venv/bin/")[2]))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_installed_and_enabled_as_the_docs_say(unit: Path) -> None:
    lines = shell_lines(PAGE)
    assert any(line.startswith("cp ") and f"deploy/{unit.name}" in line for line in lines)
    started = unit.name.replace("@.service", "@1").removesuffix(".service")
    assert any(line.startswith("systemctl enable") and started in line.split() for line in lines)


def test_the_docs_have_the_limits_of_the_code() -> None:
    assert f"at most {CONNECTIONS} connections" in section(PAGE, "PostgreSQL")
    assert f"up to {worker_concurrency} sellers" in section(PAGE, "What it needs")


def test_nothing_is_known_to_be_wrong_in_the_dockerfile() -> None:
    hadolint = Path(sysconfig.get_path("scripts"), "hadolint")
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize("page", ["Dockerfile", "compose.yaml"])
def test_a_container_starts_what_can_be_typed(page: str) -> None:
    started = re.findall(r"(?:CMD|command:) \[(.*)\]", text(page))
    typed = [[word.strip(' "') for word in each.split(",")] for each in started]
    ours = [words for words in typed if words[0] in PROGRAMS]
    assert ours
    assert [words for words in ours if not can_be_typed(*words)] == []


PROFILES = {"shop": {"shop"}, "agency": {"worker", "beat", "web", "postgres", "redis"}}


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_of_the_compose_file_has_all_that_it_needs(profile: str) -> None:
    services = yaml.safe_load(text("compose.yaml"))["services"]
    assert {name for name, each in services.items() if profile in each["profiles"]} == PROFILES[profile]
    assert {needed for each in services.values() for needed in each.get("depends_on", [])} <= services.keys()
    page = "shop" if profile == "shop" else "web"
    assert services[page]["network_mode"] == "host", "the page listens on the machine alone"


def test_the_image_has_every_room_of_the_program() -> None:
    packages = tomllib.loads(text("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, "pyproject.toml", "README.md", "requirements*.lock"}
    assert needed <= {line.removeprefix("!") for line in text(".dockerignore").splitlines()}
