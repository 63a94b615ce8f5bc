"""The command line: one file for each command, imported when it is called, so that `--help` answers at once."""

import os
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

COMMANDS = {
    "init": "write sellers.toml and .env from the documented examples",
    "check": "look at settings, database, broker, credentials, roles, clock and sources; sends nothing",
    "status": "one line for the installation, one for each seller, worst first",
    "alerts": "what is wrong, who was told, and whether messages arrive",
    "demo": "a small seller's month on a simulated Amazon, in a minute and a half",
    "run": "the daemon in one process",
    "web": "the page: what happened, what comes next, why, and the buttons that are needed",
    "user": "who may log in to the page",
    "sweep": "one whole pass now: refresh, decide, send what is due, reconcile",
    "plan": "what would go out, when, and the rest by reason; sends nothing",
    "explain": "all that is known of one order, each rule's verdict, and what happens next",
    "history": "what was sent, refused, skipped and held",
    "audit": "who did what: every change by a person, and of the settings",
    "skip": "do not ask these buyers, or take that back",
    "ask": "ask these buyers now",
    "import": "take over what another tool has asked, so that nobody is asked twice",
    "arm": "let a seller's requests and documents go out, from this ledger",
    "disarm": "take that back",
    "pause": "stop sending, for one seller or for all",
    "resume": "go on sending",
    "brakes": "what stopped because it is far from usual, and what to look at",
    "release": "accept it, and go on sending",
    "held": "the cases that only a person can settle",
    "resolve": "settle one of them",
    "rename": "give what the ledger has of a seller a new name, after its table was renamed",
    "forget": "delete what the ledger has of a seller that left the settings",
    "backup": "copy a SQLite ledger while it is in use",
    "invoice": "list, show, export and send again invoices and credit notes",
    "replay": "run a seller's own All Orders report against the simulated Amazon, day by day",
    "simulator": "a local Amazon for anyone's tests",
    "schema": "the JSON schema of sellers.toml, for editors",
}


class Commands(click.Group):
    """Finds each command by the file of its name in `package`."""

    def __init__(self, *args: Any, named: Mapping[str, str], package: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named = named
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.named)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.named:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"{self._package}.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.named.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(error.message + self._did_you_mean(args[0], ctx), ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as complaint:
            complaint.message = _harmless(complaint.message)  # type: ignore[misc]  # final for no reason given
            raise
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as complaint:
            from ledger.errors import LedgerError
            from settings.complaints import SettingsError
            from tasks.not_done import NotDone

            if isinstance(complaint, NotDone):
                raise click.ClickException(_harmless(str(complaint))) from None
            if not isinstance(complaint, SettingsError | LedgerError):
                raise
            from worker.commands.session import still_at_work

            said = [str(complaint), still_at_work(os.environ) if isinstance(complaint, SettingsError) else ""]
            from worker.logs import complain

            complain(_harmless("\n".join(filter(None, said))))
            raise SystemExit(2) from None

    def _did_you_mean(self, word: str, ctx: click.Context) -> str:
        from settings.complaints import closest

        meant = closest(word, self.named)
        group = "" if ctx.parent is None else f"{ctx.info_name} "
        return f" Did you mean: askonce {group}{meant}" if meant else ""


def _harmless(message: str) -> str:
    """A complaint, of several lines, in which there may be words of others."""
    from worker.text import printable

    return "\n".join(map(printable, message.split("\n")))


@click.group(
    cls=Commands,
    named=COMMANDS,
    package=__name__,
    epilog="Start with `askonce demo`, then `askonce init`, `askonce check`, `askonce plan`, `askonce run`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="askonce")
def askonce() -> None:
    """Asks every Amazon buyer for a review once, at the right time, and sends every order its invoice."""
