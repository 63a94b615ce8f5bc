"""The objects that every task needs, built once per process."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from invoices.vault import Vault
from ledger import identities, lanes
from ledger.database import Ledger, LedgerError
from ledger.lanes import Lane, LaneLost
from ledger.seen import Seen
from marketplace.ecb import CentralBank
from marketplace.pace import Clock, Pace
from marketplace.port import Marketplace
from settings.schema import Seller
from tasks import arming, audit, identity, new_settings
from tasks.alerts.receiver import Ping, Receiver
from tasks.identity import Fingerprints, SameAccount
from tasks.session import SellerSession
from tasks.settings_file import SettingsFile
from tasks.stop_file import NO_STOP_FILE, StopFile


class UnknownSeller(LookupError):
    """A task for a seller whom the settings do not name, or did not when this process began."""


@dataclass(frozen=True, slots=True)
class _Either:
    """The process is to stop, or its settings were replaced."""

    first: threading.Event
    second: threading.Event

    def is_set(self) -> bool:
        return self.first.is_set() or self.second.is_set()


class Doorbell(Protocol):
    """Starts a task somewhere. A call may be lost or come twice: the ledger knows what is to be done."""

    def ring(self, task: str, seller: str) -> None: ...


@dataclass(frozen=True, slots=True)
class App:
    """The application: settings, ledger, clock and marketplace, wired together.

    It never changes: new settings make another one, and `replaced` then ends the sessions of this one.
    """

    sellers: Mapping[str, Seller]
    ledger: Ledger
    clock: Clock
    connect: Callable[[Seller, Pace], Marketplace]
    holder: str
    doorbell: Doorbell
    stopping: threading.Event = field(default_factory=threading.Event)
    vault: Vault | None = None  # for invoices alone
    fingerprints: Fingerprints = field(default_factory=dict)  # of the credentials
    central_bank: CentralBank | None = None  # where official exchange rates are fetched; None: nowhere
    settings: str | None = None  # their digest; None: of a demo or a replay
    receivers: tuple[Receiver, ...] = ()  # of alerts
    ping: Ping | None = None  # the dead man's switch
    stop_file: StopFile = NO_STOP_FILE
    seen: Seen = field(default_factory=Seen)
    settings_file: SettingsFile | None = None  # None: of a demo or a replay, whose settings are not changed
    replaced: threading.Event = field(default_factory=threading.Event)
    _left: deque[Lane] = field(default_factory=deque)  # lanes still to be released

    @contextmanager
    def session(self, name: str) -> Iterator[SellerSession | None]:
        """Open one seller's session by taking its lane; None when another process has it.

        Raises UnknownSeller; SameAccount when the seller's account is also another's.
        """
        if name not in self.sellers:
            raise UnknownSeller(
                f"no seller {name!r} in the settings that this worker has. One that sellers.toml names is taken up "
                "within a minute, unless something is wrong there. Type: askonce check"
            )
        lane = self._take(name)
        if lane is None:
            yield None
            return
        seller = self.sellers[name]
        pace = Pace(self.clock, lane.pace)
        try:
            market = self.connect(seller, pace)
            stopping = _Either(self.stopping, self.replaced)
            yield SellerSession(
                *(seller, self.ledger, self.clock, market, pace, lane, stopping),
                *(self.vault, self.sellers.keys(), self.stop_file),
            )
        finally:
            self._release(replace(lane, pace=pace.state()))

    @contextmanager
    def patient_session(self, name: str, seconds: float) -> Iterator[SellerSession | None]:
        """Like `session`, but waits up to `seconds` for the lane."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while True:
            with self.session(name) as session:
                if session or self.clock.now() >= until or self.stopping.is_set():
                    yield session
                    return
            self.clock.sleep(1)

    def let_go(self) -> None:
        """Release the lanes that could not be released at the end of their turn, because the database was away."""
        while self._left:
            with suppress(IndexError, LaneLost):  # another thread was quicker, or another process
                self._release(self._left.popleft())

    def _take(self, name: str) -> Lane | None:
        self.let_go()
        lane = refusal = armed = None
        try:
            with self.ledger.begin() as connection:
                now = self.clock.now()
                lane = lanes.acquire(connection, name, self.holder, now)
                identities.note(connection, name, self.fingerprints.get(name, {}), now)
                refusal = identity.refusal(connection, name, self.sellers)
                if lane and refusal:
                    lanes.release(connection, lane, lane.pace)
                elif lane:
                    armed = arming.look(connection, lane, self.seen)
                    new_settings.reconsider_all(connection, self.sellers[name], audit.the_file(self.holder), now)
        except LedgerError:
            if lane:
                self._left.append(lane)  # taken all the same, if only the answer to the commit was lost
            raise
        if refusal:
            raise SameAccount(str(refusal))
        if lane and armed:
            self.seen.note(name, armed.at, lane.token)
        return lane

    def _release(self, lane: Lane) -> None:
        try:
            with self.ledger.begin() as connection:
                lanes.release(connection, lane, lane.pace)
        except LedgerError:
            # This process lives on, so nobody could take the lane before the lease ends.
            self._left.append(lane)
            raise
