"""docs/deployment.md says what the unit files in deploy and the code say."""

import shlex
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
from celery.bin.celery import celery

from ledger.database import CONNECTIONS
from tests.docs.pages import ROOT, section, shell_lines
from worker.celeryconfig import worker_concurrency
from worker.commands import askonce

PAGE = "docs/deployment.md"
UNITS = sorted((ROOT / "deploy").glob("*.service"))
PROGRAMS: dict[str, click.Group] = {"askonce": askonce, "celery": celery}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_can_be_typed_and_starts_it_again(unit: Path) -> None:
    read = ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # the way in which configparser is told to keep case
    read.read_string(unit.read_text())
    service = read["Service"]
    assert service["Restart"] == "always"
    program, *words = shlex.split(service["ExecStart"].partition("/.venv/bin/")[2])
    name, *rest = words[2:] if words[:2] == ["-A", "worker"] else words
    command = PROGRAMS[program].get_command(click.Context(PROGRAMS[program]), name)
    assert command
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_installed_and_enabled_as_the_docs_say(unit: Path) -> None:
    lines = shell_lines(PAGE)
    assert any(line.startswith("cp ") and f"deploy/{unit.name}" in line for line in lines)
    started = unit.name.replace("@.service", "@1").removesuffix(".service")
    assert any(line.startswith("systemctl enable") and started in line.split() for line in lines)


def test_the_docs_have_the_limits_of_the_code() -> None:
    assert f"at most {CONNECTIONS} connections" in section(PAGE, "PostgreSQL")
    assert f"up to {worker_concurrency} sellers" in section(PAGE, "What it needs")
