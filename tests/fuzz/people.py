"""What a person types: settings, `.env`, and the command line. Nothing comes of it but complaints and exit codes."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import click
from click.testing import CliRunner

from marketplace.simulator.app import Simulator
from marketplace.simulator.clock import SimClock
from marketplace.simulator.world import World
from settings.complaints import SettingsError
from settings.load import load_settings
from tests.fuzz import spoil
from tests.fuzz.door import Case, Tally, Wrong
from tests.fuzz.shaky_amazon import shaky_amazon
from tests.worker.seller_folder import CLIENT_SECRET, SELLER, delivered, toml
from worker.commands import COMMANDS, Commands, askonce

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
LITERALS = (
    *(
        '""',
        "''",
        '"x"',
        "0",
        "-1",
        "1e400",
        "nan",
        "inf",
        "true",
        "[]",
        "{}",
        "[[]]",
        "[1, 'x']",
        "9" * 5000,
        '"\\ud83d"',
    ),
    *(
        "0001-01-01",
        "9999-12-31",
        "2026-01-01T00:00:00+23:59",
        "07:32:00",
        "0x10",
        '"""',
        "[",
        "{ a = 1 }",
        '"\\u0000"',
    ),
    *('["7-25"]', "[25, 7]", '["10:00-14:00"]', '["24:00-25:00"]', '"Europe/Paris"', '"../../etc"', '"all"', '["*"]'),
)
ENDLESS = ("run", "web", "demo", "simulator")
"""Commands that go on: they get an option that there is not."""
SLOW = ("sweep", "replay", "check")


@contextmanager
def settings() -> Iterator[Case]:
    """sellers.toml and .env: settings, or a SettingsError that shows no secret."""
    example = files("settings").joinpath("example.toml").read_text()
    wanted = [
        line.removeprefix("# ") if "=" in line and line.startswith("# ") else line for line in example.splitlines()
    ]
    texts = (toml(SELLER, "other"), example, "\n".join(wanted))
    env = (
        f"MAISON_DURAND_LWA_CLIENT_ID=a\nMAISON_DURAND_LWA_CLIENT_SECRET={CLIENT_SECRET}\n"
        f"MAISON_DURAND_LWA_REFRESH_TOKEN=Atzr|x\nDATABASE_URL=postgresql://u:planted-password@h/db\n"
        f"REDIS_URL=redis://:planted-password@h/0\nINVOICE_KEY={KEY}\nSTART_WAIT_SECONDS=5\nSELLERS_FILE=sellers.toml\n"
    )
    with TemporaryDirectory() as name, chdir(name):

        def case(chance: Random, tally: Tally) -> None:
            _write(Path("sellers.toml"), chance, chance.choice(texts))
            _write(Path(".env"), chance, env)
            tally.inputs += 1
            try:
                load_settings({}, with_credentials=chance.random() < 0.8)
            except SettingsError as complaint:
                said = str(complaint)
                said.encode("utf-8", "surrogateescape")
                if CLIENT_SECRET in said or "planted-password" in said or KEY in said:
                    raise Wrong("a complaint shows a secret") from None

        yield case


def _write(path: Path, chance: Random, given: str) -> None:
    lines = given.splitlines()
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(lines))
        key, equals, _value = lines[at].partition("=")
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, chance.choice(lines))
            case 2:
                lines[at] = spoil.letters(chance, lines[at])
            case _ if equals:
                lines[at] = f"{key}= {chance.choice((*LITERALS, spoil.text(chance)))}"
        lines = lines or [""]
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    path.write_bytes(spoil.octets(chance, data) if chance.random() < 0.1 else data)


@contextmanager
def command_line() -> Iterator[Case]:
    """`askonce` in a seller's folder: exit code 0, 1 or 2, and no traceback."""
    orders = [delivered(1), delivered(2, 2), delivered(3, 12), delivered(4, 40)]
    words = [SELLER, *(order.order_id for order in orders), "7d", "12h", "2026-11-01", "sent", "not-sent", "pdf", "csv"]
    before = logging.raiseExceptions, list(logging.getLogger().handlers)
    with TemporaryDirectory() as name, shaky_amazon() as amazon:
        world = World()
        world.put(orders, datetime.now(UTC))
        amazon.simulator = Simulator(world, SimClock(datetime.now(UTC), time.monotonic))
        path = Path(name) / "a" / "b" / "c"  # what a path with .. leads to is in `name`, too
        path.mkdir(parents=True)
        (path / "sellers.toml").write_text(toml(SELLER))
        (path / "report.txt").write_text("amazon-order-id\tpurchase-date\n")
        names = "LWA_CLIENT_ID", "LWA_CLIENT_SECRET", "LWA_REFRESH_TOKEN"
        (path / ".env").write_text(
            f"SP_API_ENDPOINT={amazon.url}\nLWA_ENDPOINT={amazon.url}\nINVOICE_KEY={KEY}\nREDIS_URL=redis://127.0.0.1:9/0\n"
            + "".join(f"MAISON_DURAND_{each}=x\n" for each in names)
        )
        environ = {"PATH": os.environ["PATH"], "HOME": name, "COLUMNS": "200"}
        with chdir(path), patch.dict(os.environ, environ, clear=True):
            logging.raiseExceptions = False  # a handler's stream ends with the command that made it

            def case(chance: Random, tally: Tally) -> None:
                tally.inputs += 1
                _call([each.replace("\0", "") for each in _arguments(chance, words)])  # no system can pass it on

            _call(["sweep"])
            yield case
    logging.raiseExceptions = before[0]
    logging.getLogger().handlers[:] = before[1]


def _call(arguments: Sequence[str]) -> None:
    done = CliRunner().invoke(askonce, arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code not in (0, 1, 2) or "Traceback" in done.output:
        raise Wrong(f"askonce {' '.join(map(ascii, arguments))[:300]}: {done.exit_code}: {done.output[-300:]}")


def _arguments(chance: Random, words: Sequence[str]) -> list[str]:
    names = [name for name in COMMANDS if chance.random() < 0.05 or name not in SLOW]
    made = [chance.choice(names)]
    command: click.Command | None = askonce.get_command(click.Context(askonce), made[0])
    assert command
    if isinstance(command, Commands):
        made.append(chance.choice([*command.named]))
        command = command.get_command(click.Context(command), made[1])
        assert command
    for param in command.params:
        if chance.random() < 0.4 and not isinstance(param, click.Argument):
            continue
        values = [_word(chance, words, param) for _ in range(chance.choice((0, 1, 1, 1, 1, 2)))]
        if isinstance(param, click.Argument):
            made += values
        elif isinstance(param, click.Option) and param.is_flag:
            made.append(param.opts[0])
        else:
            made += [param.opts[0], *values[:1]]
    if chance.random() < 0.1:
        made.insert(chance.randrange(len(made) + 1), _word(chance, words, None))
    return [*made, "--no-such-option"] if ENDLESS[0] in made or made[0] in ENDLESS else made


def _word(chance: Random, words: Sequence[str], param: click.Parameter | None) -> str:
    if param and isinstance(param.type, click.Choice) and chance.random() < 0.7:
        return str(chance.choice(list(param.type.choices)))
    if chance.random() < 0.4:
        return chance.choice(words)
    if chance.random() < 0.5:
        return spoil.letters(chance, chance.choice((*words, "0001-01-01T00:00:00+14:00", "report.txt", "99999999999d")))
    return spoil.text(chance)
