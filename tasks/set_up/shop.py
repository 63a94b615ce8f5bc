"""A shop in the settings file: added, and changed. What a person wrote there stays as it is."""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from ledger.database import Ledger
from settings.edit import added, changed
from settings.environment import environment_prefix
from settings.examples import environment_of, schema_text, settings_of
from settings.schema import SettingsFile
from tasks import audit
from tasks.audit import Act, Person
from tasks.not_done import NotDone
from tasks.replace_file import replace_file
from tasks.set_up.standing import Standing, dotenv

_writing = Lock()  # two people at the same page


class Taken(NotDone):
    """There is a shop of that name, or one whose secrets would have the same names."""


def add(
    known: Standing,
    ledger: Ledger,
    name: str,
    region: str,
    marketplaces: Sequence[str],
    by: Person,
    now: datetime,
) -> None:
    """A new shop that sends nothing yet: in the settings file, which is made where there is none. Raises NotDone."""
    if environment_prefix(name) in map(environment_prefix, known.sellers):
        raise Taken(f"there is a shop of that name: {name}")
    values = {"region": region, "marketplaces": list(marketplaces), "live": False}
    file = known.environment.sellers_file
    if known.sellers:
        _edit(file, lambda text: added(text, name, values), ledger, name, {}, values, by, now)
        return
    with _writing, ledger.begin() as connection:
        audit.record(connection, by, Act.SETTINGS, now, seller=name, after=values)
        if not _make(file, settings_of(name, region, marketplaces)):
            raise NotDone(f"{file.absolute()} was written meanwhile. Look at this page again")
    _make(file.with_name("sellers.schema.json"), schema_text())
    _make(dotenv(), environment_of(name))


def change(known: Standing, ledger: Ledger, name: str, values: Mapping[str, Any], by: Person, now: datetime) -> None:
    """Other settings of a shop, by their dotted keys; None: not set. Raises NotDone."""
    file = known.environment.sellers_file
    settings = known.sellers[name].model_dump(mode="json", exclude_defaults=True)
    before = {key: _at(settings, key) for key in values}
    _edit(file, lambda text: changed(text, name, values), ledger, name, before, values, by, now)


def _edit(
    file: Path,
    edit: Callable[[str], str],
    ledger: Ledger,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: Person,
    now: datetime,
) -> None:
    with _writing:
        try:
            text = file.read_bytes().decode("utf-8-sig")
            new = edit(text)
            SettingsFile.model_validate(tomllib.loads(new))
        except OSError as error:
            raise NotDone(f"{file.absolute()} cannot be read: {error.strerror}") from None
        except ValueError as why:
            raise NotDone(f"{file.absolute()} must be changed by hand: {why}") from None
        if new == text:
            return
        with ledger.begin() as connection:
            audit.record(connection, by, Act.SETTINGS, now, seller=name, before=before, after=after)
            _write(file, new)


def _make(file: Path, content: str) -> bool:
    """Write a new file; False: there is one already, which stays."""
    if os.access(file, os.F_OK):
        return False
    _write(file, content)
    return True


def _write(file: Path, content: str) -> None:
    try:
        replace_file(file, content.encode())
    except OSError as error:
        raise NotDone(f"{file.absolute()} cannot be written: {error.strerror}") from None


def _at(settings: Any, key: str) -> Any:
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, Mapping) else None
    return settings
