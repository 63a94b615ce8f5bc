"""docs/commands.md has every command and option, and every `askonce …` that people are told to type can be typed."""

import ast
import inspect
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest

from rules.reason import Reason
from tests.docs.pages import PAGES, ROOT, rows, section, shell_lines, text
from worker import celery
from worker.commands import COMMANDS, askonce, import_, invoice, user

PAGE = "docs/commands.md"
GROUPS = {"invoice": invoice.NAMED, "import": import_.NAMED, "user": user.NAMED}
FILES = (
    "report.txt",
    "report.tsv",
    "april.csv.gz",
    "asked.csv",
    "export.csv",
    "edited.toml",
    "FILE",
    "X",
)  # those of the examples
NAMES = [each for name in COMMANDS for each in (name, *(f"{name} {sub}" for sub in GROUPS.get(name, ())))]


def command(name: str) -> click.Command:
    found: click.Command = askonce
    for word in name.split():
        assert isinstance(found, click.Group)
        under = found.get_command(click.Context(found), word)
        assert under
        found = under
    return found


def documented(name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in rows(section(PAGE, f"askonce {name}"))}


def said_by_help(name: str) -> dict[str, str]:
    found = command(name)
    context = found.make_context(name, [], resilient_parsing=True)
    records = (option.get_help_record(context) for option in found.params if isinstance(option, click.Option))
    return {record[0].replace("|", "\\|"): record[1] for record in records if record}


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_in_the_docs_as_in_its_help(name: str) -> None:
    assert said_by_help(name).items() <= documented(name).items()


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_have_every_argument_and_no_option_of_their_own(name: str) -> None:
    found = command(name)
    context = found.make_context(name, [], resilient_parsing=True)
    arguments = {
        argument.make_metavar(context).replace("|", "\\|")
        for argument in found.params
        if isinstance(argument, click.Argument)
    }
    assert documented(name).keys() == said_by_help(name).keys() | arguments


def test_the_docs_have_no_command_of_their_own() -> None:
    assert re.findall(r"^## askonce (.*)", text(PAGE), flags=re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_an_example_in_its_help_and_the_same_in_the_docs(name: str) -> None:
    shown, repeated = (
        {re.split(r" +[(#]", line)[0].strip() for line in re.findall(r"^ *askonce .*", where, flags=re.MULTILINE)}
        for where in (command(name).epilog or "", section(PAGE, f"askonce {name}"))
    )
    assert shown
    assert shown <= repeated


def typed() -> Iterator[str]:
    """All that people are told to type: in blocks, in running text, in `--help`, and as the remedy of a reason."""
    for page in PAGES:
        yield from shell_lines(page)
        yield from re.findall(r"`(askonce [^`…]*)`", text(page))
    for name in NAMES:
        yield from (line.strip() for line in (command(name).epilog or "").splitlines())
    for reason in Reason:
        yield from re.findall(r"`(askonce [^`]*)`", reason.remedy)


def messages() -> Iterator[str]:
    """Every text in the code that may be shown; what is put into it is a word of its own: `X`."""
    for folder in ("settings", "rules", "marketplace", "invoices", "ledger", "tasks", "worker"):
        for path in (ROOT / folder).rglob("*.py"):
            written = path.read_text(encoding="utf-8")
            nodes = list(ast.walk(ast.parse(written))) if "askonce " in written else []
            joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
            parts = {id(part) for node in joined for part in ast.walk(node)}
            for node in joined:
                yield "".join(str(each.value) if isinstance(each, ast.Constant) else "\0" for each in node.values)
            for each in nodes:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in parts:
                    yield each.value


def commands_in(message: str) -> Iterator[str]:
    """The commands of a message: `askonce`, a command, and what can only belong to it."""
    known = "|".join(name for name in NAMES if " " not in name)
    words = r"(?:sent|not-sent|list|show|export|resend|invoice|add|password|admin)\b"
    belongs = rf"(?: (?:--[a-z-]+|\0|[A-Z_]{{3,}}|{words}))*"
    for found in re.finditer(rf"\baskonce (?:{known})\b(?![-]){belongs}", message):
        if not message[found.end() :].startswith(("\0", "{")):  # what follows is made elsewhere
            yield found[0].replace("--days \0", "--days 7").replace("--action \0", "--action review").replace("\0", "X")


IN_MESSAGES = {
    each for message in messages() for each in commands_in(message) if len(each.split()) > 2 and "--help" not in each
}


def test_the_commands_of_messages_are_found() -> None:
    assert {"askonce rename X X", "askonce forget X", "askonce held --seller X"} <= IN_MESSAGES


@pytest.mark.parametrize("line", sorted({line for line in typed() if line.startswith("askonce ")} | IN_MESSAGES))
def test_what_people_are_told_to_type_is_understood(line: str, tmp_path: Path) -> None:
    words = shlex.split(re.split(r" \| | \|\| | [<>] |  +\(", line)[0])[1:]
    name, found, rest = askonce.resolve_command(click.Context(askonce), words)
    if isinstance(found, click.Group) and rest:
        name, found, rest = found.resolve_command(click.Context(found), rest)
    assert found
    if not rest:
        return  # the command is only spoken of
    with chdir(tmp_path):
        for file in FILES:
            Path(file).touch()
        assert found.make_context(name, ["report.txt" if word == "REPORT" else word for word in rest])


def test_make_targets_that_people_are_told_to_type_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    told = {line.split()[1] for page in PAGES for line in shell_lines(page) if line.startswith("make ")}
    assert {"demo", "test", "install"} <= told
    assert told <= set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))


CALLS = sorted({line for page in PAGES for line in shell_lines(page) if line.startswith("celery ")})


@pytest.mark.parametrize("line", CALLS)
def test_celery_is_told_what_it_understands(line: str) -> None:
    from celery.bin.celery import celery as celery_command

    _, option, app, name, *rest = shlex.split(line)
    assert (option, app) == ("-A", "worker")
    assert name in celery_command.commands
    if name == "call":
        task, arguments = rest[0], json.loads(rest[1].removeprefix("--kwargs="))
        inspect.signature(celery.app.tasks[task].run).bind(**arguments)


def test_every_celery_task_is_in_the_docs() -> None:
    ours = {name for name in celery.app.tasks if name.startswith("tasks.")}
    assert {name for name, *_ in rows(section(PAGE, "celery"))} == ours


def test_the_procfile_starts_worker_beat_and_page() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert lines == ["worker: celery -A worker worker", "beat: celery -A worker beat", "web: askonce web"]
