"""A shop in the settings file: added, and changed. What a person wrote there stays as it is."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger.database import Ledger
from rules.readable import said
from settings.complaints import Complaint
from settings.edit import CannotEdit, added, changed
from settings.environment import environment_prefix
from settings.examples import environment_of, schema_text, settings_of
from settings.sellers import read_sellers
from tasks import audit
from tasks.audit import Act, Person
from tasks.new_settings import values_of
from tasks.not_done import NotDone
from tasks.replace_file import replace_file
from tasks.set_up.standing import Standing, dotenv
from tasks.settings_file import SettingsFile


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
        raise NotDone(said("There is a shop of that name already."))
    values = {"region": region, "marketplaces": list(marketplaces), "live": False}
    _edit(
        known,
        lambda text: added(text, name, values) if text else settings_of(name, region, marketplaces),
        *(ledger, name, None, values, by, now),
    )
    if not known.sellers:
        _make(known.environment.sellers_file.with_name("sellers.schema.json"), schema_text())
        _make(dotenv(), environment_of(name))


def change(known: Standing, ledger: Ledger, name: str, values: Mapping[str, Any], by: Person, now: datetime) -> None:
    """Other settings of a shop, by their dotted keys; None: not set. Raises NotDone."""
    was = values_of(known.sellers[name])
    before = {key: was[key] for key in values}
    _edit(known, lambda text: changed(text, name, values), ledger, name, before, values, by, now)


def _edit(
    known: Standing,
    edit: Callable[[str], str],
    ledger: Ledger,
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    by: Person,
    now: datetime,
) -> None:
    file = SettingsFile(known.environment.sellers_file, {})
    read = file.read()
    try:
        text = edit(read.text)
    except CannotEdit as why:
        raise NotDone(str(why)) from None
    complaints: list[Complaint] = []
    read_sellers(file.path, complaints, text)
    if complaints:
        raise NotDone(str(complaints[0]))
    if text == read.text:
        return
    with ledger.begin() as connection:
        audit.record(connection, by, Act.SETTINGS, now, seller=name, before=before, after=after)
        file.save(text, read.digest)


def _make(file: Path, content: str) -> None:
    """Write a new file; one that is there stays."""
    if os.access(file, os.F_OK):
        return
    try:
        replace_file(file, content.encode())
    except OSError as error:
        raise NotDone(said("{file} cannot be written: {why}.", file=file.absolute(), why=error.strerror)) from None
