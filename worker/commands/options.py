"""Options and arguments that several commands have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click


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
    """A point in time: `2026-11-22`, `2026-11-22T18:00+01:00`, or an age or distance as `7d`, `12h`, `30m`."""

    name = "time"

    def __init__(self, *, ahead: bool = False) -> None:
        self._sign = 1 if ahead else -1

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from worker.clock import SystemClock

        units = {"d": "days", "h": "hours", "m": "minutes"}
        try:
            if value[-1:] in units and value[:-1].isdigit():
                return SystemClock().now() + self._sign * timedelta(**{units[value[-1]]: int(value[:-1])})
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time. Type: 2026-11-22, 2026-11-22T18:00+01:00 or 7d", param, ctx)


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; logs go to stderr.")
seller_option = click.option("--seller", type=Text(), metavar="S", help="Only this seller. Default: all.")


def examples(*lines: str) -> str:
    """The end of a command's `--help`."""
    return "\b\nExamples:\n" + "\n".join(f"  askonce {line}" for line in lines)
