"""What the window is made of: the application at work, who is logged in, and the addresses that it answers to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tasks.app import App
from tasks.set_up.folder import Folder
from web.kept import Figures
from web.peer import Network
from web.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Window:
    """`app`: the application with the settings of this moment. `address`: as people are told it.

    `hosts`: what a browser may call this server; with the port, if it listens on this machine alone. Any other name is
    refused, so that a page elsewhere cannot reach it under a name of its own (DNS rebinding). One that begins with
    `*.` has any word there.
    `say_link`: tells a new one-time link to whoever can read where this process writes.
    `is_secure`: it speaks TLS itself. `is_open`: it listens beyond this machine: nothing is shown but over TLS, and
    there are no links. `proxies`: whose word counts of who asks, and over what. `folder`: where shops are set up;
    None: of a demo. `kept`: figures of all sellers, if they are many.
    """

    app: Callable[[], App]
    address: str
    sessions: Sessions
    hosts: frozenset[str]
    say_link: Callable[[], None]
    cookie: str = "askonce"
    is_secure: bool = False
    is_open: bool = False
    proxies: tuple[Network, ...] = ()
    folder: Folder | None = None
    kept: Figures = field(default_factory=Figures)

    def cookie_of(self, *, is_secure: bool) -> str:
        """The name of the session's cookie. Over TLS, browsers hold a name like this to this host and to TLS."""
        return f"__Host-{self.cookie}" if is_secure else self.cookie
