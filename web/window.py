"""What the window is made of: the application at work, who is logged in, and the addresses that it answers to."""

from collections.abc import Callable
from dataclasses import dataclass

from tasks.app import App
from tasks.set_up.folder import Folder
from web.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Window:
    """`app`: the application with the settings of this moment. `address`: as people are told it.

    `hosts`: what a browser may call this server, with the port: any other name is refused, so that a page elsewhere
    cannot reach it under a name of its own (DNS rebinding).
    `say_link`: tells a new one-time link to whoever can read where this process writes.
    """

    app: Callable[[], App]
    address: str
    sessions: Sessions
    hosts: frozenset[str]
    say_link: Callable[[], None]
    cookie: str = "askonce"
    is_secure: bool = False  # over TLS
    folder: Folder | None = None  # where shops are set up; None: of a demo
