"""The file of the sellers' settings: read, tried, and saved over what was read alone. Nobody's change is lost."""

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from time import monotonic

from ledger.database import Connection, Ledger
from rules.readable import said
from settings.complaints import Complaint, SettingsError, as_text
from settings.load import Settings, load_settings
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.new_settings import differing, values_of
from tasks.not_done import NotDone
from tasks.replace_file import replace_file

KEPT = 50
"""Texts that were read last are remembered, to say what somebody else has changed since."""
CHANGED = said("The file was changed meanwhile. Nothing was saved.")
TRIED, TRY_AGAIN = 4, 5.0
"""Texts of which it is remembered for so many seconds what came of them: with a thousand sellers it takes a second."""
_PLACE = re.compile(r"@@ -(\d+)")
_SECRET = re.compile(r"amzn1\.\S|Atz[a-z]\|")


@dataclass(frozen=True, slots=True)
class Version:
    """What the file says. `digest`: by which it is known again; empty: there is no such file."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of a text. `settings`: None if there are complaints, by which it would be refused."""

    settings: Settings | None
    complaints: tuple[Complaint, ...] = ()


class ChangedMeanwhile(NotDone):
    """The file says something else than when it was read. `now`: what it says."""

    def __init__(self, now: Version) -> None:
        super().__init__(CHANGED)
        self.now = now


def digest_of(content: bytes) -> str:
    """By which a file is known again."""
    return hashlib.sha256(content).hexdigest()


class SettingsFile:
    """`environ`: what the settings need besides the file. `at_work`: the digest of what this process has taken up;
    `trouble`: why it does not take up what the file says now.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path.absolute()
        self.at_work = ""
        self.trouble = ""
        self._environ = environ
        self._known: dict[str, str] = {}
        self._tried: dict[str, tuple[float, Tried]] = {}
        self._lock = threading.Lock()

    def read(self) -> Version:
        """What the file says now. Raises NotDone: it cannot be read, is not in UTF-8, or has a secret in it."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Version("", "")
        except OSError as error:
            raise NotDone(said("{file} cannot be read: {why}.", file=self.path, why=error.strerror)) from None
        text, wrong = as_text(content)
        if wrong:
            raise NotDone(said("{file} {wrong}. Save it as UTF-8 in your editor.", file=self.path, wrong=wrong))
        for number, line in enumerate(text.split("\n"), 1):
            if _SECRET.search(line):
                raise NotDone(
                    said(
                        "Line {n} of {file} has a secret in it, so it is not shown here. Secrets belong into .env.",
                        n=number,
                        file=self.path,
                    )
                )
        found = Version(text, digest_of(content))
        self._known.pop(found.digest, None)
        self._known = dict([*self._known.items(), (found.digest, text)][-KEPT:])
        return found

    def as_read(self, digest: str) -> str | None:
        """What the file said when it had this digest; None: it is not known any longer."""
        return self._known.get(digest)

    def tried(self, text: str) -> Tried:
        """What whoever runs would make of it: the whole file, with the environment and the secrets that it needs."""
        known = self._tried.get(text)
        if known and monotonic() - known[0] < TRY_AGAIN:
            return known[1]
        try:
            found = Tried(load_settings(self._environ, text=text))
        except SettingsError as error:
            found = Tried(None, error.complaints)
        self._tried = dict([*self._tried.items(), (text, (monotonic(), found))][-TRIED:])
        return found

    def save(self, text: str, digest: str) -> Version:
        """Put the text into the file, if it says what it said when it was read with this digest.

        Raises ChangedMeanwhile, and NotDone: it cannot be written; the file is as before.
        """
        with self._alone():
            now = self.read()
            if now.digest != digest:
                raise ChangedMeanwhile(now)
            content = text.encode()
            try:
                replace_file(self.path, content)
            except OSError as error:
                raise NotDone(self._not_written(error)) from None
        return self.read()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One askonce at a time, of those on this machine."""
        with self._lock:
            try:
                folder = os.open(self.path.resolve().parent, os.O_RDONLY)
            except OSError as error:
                raise NotDone(self._not_written(error)) from None
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                os.close(folder)

    def _not_written(self, error: OSError) -> str:
        return said(
            "{file} cannot be written: {why}. Nothing was saved; the file is as before.",
            file=self.path,
            why=error.strerror,
        )


def difference(before: str, after: str, context: int = 2) -> list[str]:
    """What differs, line by line: each begins with `-`, `+` or a blank; `@` begins the table in which a place is."""
    old = before.splitlines()
    lines = [*unified_diff(old, after.splitlines(), n=context, lineterm="")][2:]
    return [f"@{_table_of(old, int(place[1]))}" if (place := _PLACE.match(line)) else line for line in lines]


def _table_of(lines: Sequence[str], number: int) -> str:
    return next((line.strip() for line in reversed(lines[:number]) if line.startswith("[")), "")


def change(ledger: Ledger, file: SettingsFile, text: str, digest: str, by: Person, now: datetime) -> Version:
    """Save the file, and write down who changed which settings. Raises what `save` does; LedgerError: nothing is saved.

    Whatever runs takes them up within a minute, without a restart.
    """
    before, after = (_sellers(file.tried(each)) for each in (file.as_read(digest) or "", text))
    with ledger.begin() as connection:
        _record(connection, before, after, by, now)
        return file.save(text, digest)


def _sellers(tried: Tried) -> Mapping[str, Seller]:
    return tried.settings.sellers if tried.settings else {}


def _record(
    connection: Connection, before: Mapping[str, Seller], after: Mapping[str, Seller], by: Person, now: datetime
) -> None:
    changed = differing(before, after)
    if not changed:  # comments
        audit.record(connection, by, Act.SETTINGS, now)
    for name in changed:
        was, now_is = (values_of(each[name]) if name in each else None for each in (before, after))
        keys = sorted(differing(was or {}, now_is or {}))
        said_before, said_after = (each and {key: each.get(key) for key in keys} for each in (was, now_is))
        audit.record(connection, by, Act.SETTINGS, now, seller=name, before=said_before, after=said_after)
