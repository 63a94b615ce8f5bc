"""The seller settings file: read, and checked as a whole."""

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from settings.complaints import Complaint, as_text, why_unreadable
from settings.environment import DEFAULT_SELLERS_FILE, LEDGER_FILE, environment_prefix
from settings.paths import sellers_of
from settings.schema import SELLER_NAME, Seller, SettingsFile
from settings.statements import statements
from settings.variables import DOTENV


def read_sellers(
    file: Path, complaints: list[Complaint], text: str | None = None
) -> tuple[dict[str, bool], dict[str, Seller]]:
    """The names of the sellers, each with whether invoices are enabled, and the sellers: none if anything is wrong.

    `text`: what the file is to say, in the place of what it says.
    """
    before = len(complaints)
    text = _read(file, complaints) if text is None else text
    if text is None:
        return {}, {}
    try:
        document = tomllib.loads(text)
        tables = SettingsFile.model_validate(document).sellers
    except ValueError as error:
        from settings.diagnosis import Diagnosis, undiagnosed  # loaded with the first mistake

        diagnosis = Diagnosis(text, file)
        complaints.extend(diagnosis.complaints or [undiagnosed(text, file, error)])
        document, tables = diagnosis.document, {}
    named = {name: invoicing for name, invoicing in sellers_of(document) if re.fullmatch(SELLER_NAME, name)}
    complaints.extend(_shared_prefixes(named, text, file))
    names = {name: named[name] for name in {environment_prefix(name): name for name in named}.values()}
    if len(complaints) > before:
        return names, {}
    return names, {name: Seller(name=name, **dict(table)) for name, table in tables.items()}


def _read(file: Path, complaints: list[Complaint]) -> str | None:
    remedy = f"SELLERS_FILE={DEFAULT_SELLERS_FILE}, a file in UTF-8 that you may read"
    try:
        text, wrong = as_text(file.read_bytes())
    except FileNotFoundError:
        complaints.append(Complaint(str(file.absolute()), "there is no such file", _where_it_may_be(file)))
    except (OSError, ValueError) as error:
        complaints.append(Complaint(str(file), f"cannot be read: {why_unreadable(error)}", remedy))
    else:
        if wrong:
            complaints.append(Complaint(str(file), wrong, "save it as UTF-8, in your editor's dialogue to save"))
        return text
    return None


def _where_it_may_be(file: Path) -> str:
    """`askonce init` makes another shop: it is proposed only where nothing of one is."""
    there = f"cd FOLDER, to that of your {file.name}, or SELLERS_FILE=/path/of/{file.name}"
    is_new = str(file) == DEFAULT_SELLERS_FILE and not any(os.access(each, os.F_OK) for each in (DOTENV, LEDGER_FILE))
    return f"askonce init, for a new shop; else {there}" if is_new else there


def _shared_prefixes(names: Iterable[str], text: str, file: Path) -> Iterable[Complaint]:
    owners: dict[str, str] = {}
    for name in names:
        prefix = environment_prefix(name)
        owner = owners.setdefault(prefix, name)
        if owner != name:
            where = f"{file}:{_line_of_seller(text, name)}"
            what = f'the sellers "{owner}" and "{name}" would share the variables {prefix}_LWA_…'
            yield Complaint(where, what, f"[sellers.{name}-2]")


def _line_of_seller(text: str, name: str) -> int:
    """The line of the seller's first table."""
    found = (each.line for each in statements(text.split("\n")) if each.is_table and each.keys[1:2] == (name,))
    return next(found, 1)
