"""Who is at the command line: the edge where a `Person` is made."""

import getpass
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded by the commands that change something
    from tasks.audit import Person

PERSON = "ASKONCE_PERSON"
"""Environment variable: who is at work, where several share one account."""


def account_name() -> str:
    """The name in ASKONCE_PERSON, else of the account that the process runs under."""
    return " ".join(os.environ.get(PERSON, "").split()) or _account()


def person(name: str | None = None) -> "Person":
    """Who does it, from the command line of this machine. `name`: who says so, if that was typed."""
    from tasks.audit import Person

    return Person(name or account_name(), f"command line of {_account()} on {socket.gethostname()}")


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's number without a name
        return f"uid {os.getuid()}"
