"""Options and arguments that several commands have."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from ledger.state import Action
from settings.marketplaces import MARKETPLACES

DEMO = "askonce.demo"
"""In click's context: whether the command reads the demo's ledger."""
VARIABLES = "askonce.variables"
"""In click's context: variables of the environment that were typed as options."""
_OF_PAGE = (
    ("--host", "A", "Where it listens: WEB_HOST. Beyond this machine it needs a user, and TLS or a proxy."),
    ("--tls-cert", "FILE", "The page's certificate (PEM): WEB_TLS_CERT."),
    ("--tls-key", "FILE", "The key of that certificate (PEM): WEB_TLS_KEY."),
)
_VARIABLE_OF = {"host": "WEB_HOST", "tls_cert": "WEB_TLS_CERT", "tls_key": "WEB_TLS_KEY"}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


class Text(click.ParamType[str]):
    """Text in UTF-8. Anything else cannot be looked up in the ledger."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail(f"{value!r} is not text in UTF-8", param, ctx)
        return str(value)


class When(click.ParamType[datetime]):
    """A point in time: `2026-11-22`, `2026-11-22T18:00+01:00`, `18:00`, `tomorrow`, `yesterday 18:00`, or an age or
    distance as `7d`, `12h`, `30m`.

    Without a zone it is in the one seller's (the settings' `timezone`, else the first marketplace's), and where
    several are meant in the machine's. The result bears that zone.
    """

    name = "time"

    def __init__(self, *, ahead: bool = False) -> None:
        self._sign = 1 if ahead else -1

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from worker.clock import SystemClock

        now = SystemClock().now()
        units = {"d": "days", "h": "hours", "m": "minutes"}
        try:
            if value[-1:] in units and value[:-1].isdigit():
                return now + self._sign * timedelta(**{units[value[-1]]: int(value[:-1])})
            zone = _zone_of_one_seller(ctx.params.get("seller") if ctx else None)
            moment = _moment(value, now.astimezone(zone).date())
            return moment if moment.tzinfo else moment.replace(tzinfo=zone) if zone else moment.astimezone()
        except (ValueError, OverflowError):
            day = (now + timedelta(days=7)).date()
            ways = f"12h, 18:00, tomorrow or {day} 18:00" if self._sign > 0 else "7d, yesterday or 2026-11-22"
            self.fail(f"{value!r} is not a time. Type: {ways}", param, ctx)


def _moment(value: str, today: date) -> datetime:
    """The time that is written, with its zone if it has one. Raises ValueError."""
    day, _, hour = value.strip().lower().partition(" ")
    if re.fullmatch(r"\d{1,2}:\d{2}", day) and not hour:
        day, hour = "today", day
    if day not in _DAYS:
        return datetime.fromisoformat(value.strip())
    return datetime.combine(today + timedelta(days=_DAYS[day]), time.fromisoformat((hour or "00:00").zfill(5)))


def _zone_of_one_seller(named: object) -> ZoneInfo | None:
    """The zone of the seller that is named, or of the only one; None: the machine's. What is wrong with the settings,
    or with the name, the command says."""
    from settings.complaints import SettingsError
    from worker.commands.session import settings_of

    try:
        sellers = settings_of(with_credentials=False).sellers
    except SettingsError:
        return None
    meant = [seller for name, seller in sellers.items() if not isinstance(named, str) or name == named]
    if len(meant) != 1:
        return None
    return meant[0].zone


def _read_the_demo(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    context.meta[DEMO] = wanted


def _as_variable(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        context.meta.setdefault(VARIABLES, {})[_VARIABLE_OF[str(parameter.name)]] = value


def page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where the page listens: each says the same as a variable, and wins over it (`session.environ`)."""
    for option, metavar, meaning in reversed(_OF_PAGE):
        as_variable = click.option(option, metavar=metavar, expose_value=False, callback=_as_variable, help=meaning)
        command = as_variable(command)
    return command


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; logs go to stderr.")
seller_option = click.option(
    "--seller", type=Text(), is_eager=True, metavar="S", help="Only this seller. Default: all."
)
"""Read before the others: a time without a zone is the seller's."""
marketplace_option = click.option(
    "--marketplace",
    type=click.Choice(sorted(MARKETPLACES), case_sensitive=False),
    metavar="DE",
    help="Only in this marketplace. Default: all.",
)
action_option = click.option(
    "--action",
    type=click.Choice([action.value for action in Action]),
    metavar="A",
    help="Only this: review, invoice or credit_note. Default: all.",
)
demo_option = click.option(
    "--demo",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_read_the_demo,
    help="Of what `askonce demo` left in this folder.",
)
"""For commands that read the ledger: `settings_of` gives them the demo's settings."""


def examples(*lines: str) -> str:
    """The end of a command's `--help`."""
    return "\b\nExamples:\n" + "\n".join(f"  askonce {line}" for line in lines)
