"""The seller settings file: read, and checked as a whole."""

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from settings.complaints import Complaint, why_unreadable
from settings.environment import DEFAULT_SELLERS_FILE, LEDGER_FILE, environment_prefix
from settings.lines import find_line
from settings.schema import SELLER_NAME, Seller, SettingsFile
from settings.variables import DOTENV
from settings.wording import complaint, one_by_one


def read_sellers(file: Path, complaints: list[Complaint]) -> tuple[list[str], dict[str, Seller]]:
    """The names that need credentials, and the sellers by name: none of these when something in the file is wrong."""
    text = _read(file, complaints)
    document = _parse(text, file, complaints) if text is not None else None
    if text is None or document is None:
        return [], {}
    found = list(sellers) if isinstance(sellers := document.get("sellers"), dict) else []
    names = list({environment_prefix(name): name for name in found if re.fullmatch(SELLER_NAME, name)}.values())
    complaints.extend(_shared_prefixes(found, text, file))
    try:
        tables = SettingsFile.model_validate(document).sellers
    except ValidationError as error:
        details = list(one_by_one(error.errors(include_url=False, include_input=False)))
        details.sort(key=lambda detail: find_line(text, detail["loc"]))
        complaints.extend(complaint(detail, document=document, text=text, file=str(file)) for detail in details)
        return names, {}
    return names, {name: Seller(name=name, **dict(table)) for name, table in tables.items()}


def _read(file: Path, complaints: list[Complaint]) -> str | None:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        complaints.append(Complaint(str(file.absolute()), "there is no such file", _where_it_may_be(file)))
    except (OSError, ValueError) as error:
        remedy = "SELLERS_FILE=sellers.toml, a file in UTF-8 that you may read"
        complaints.append(Complaint(str(file), f"cannot be read: {why_unreadable(error)}", remedy))
    return None


def _where_it_may_be(file: Path) -> str:
    """`askonce init` makes another shop: it is proposed only where nothing of one is."""
    there = f"cd FOLDER, to that of your {file.name}, or SELLERS_FILE=/path/of/{file.name}"
    is_new = str(file) == DEFAULT_SELLERS_FILE and not any(os.access(each, os.F_OK) for each in (DOTENV, LEDGER_FILE))
    return f"askonce init, for a new shop; else {there}" if is_new else there


def _parse(text: str, file: Path, complaints: list[Complaint]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        what, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        where = f"{file}:{line[1] if line else text.rstrip().count(chr(10)) + 1}"
        complaints.append(
            Complaint(where, f"not TOML: {what}", 'key = "text", key = 7, key = true or key = ["a", "b"]')
        )
    return None


def _shared_prefixes(names: Iterable[str], text: str, file: Path) -> Iterable[Complaint]:
    owners: dict[str, str] = {}
    for name in names:
        prefix = environment_prefix(name)
        owner = owners.setdefault(prefix, name)
        if owner != name:
            where = f"{file}:{find_line(text, ('sellers', name))}"
            what = f'the sellers "{owner}" and "{name}" would share the variables {prefix}_LWA_…'
            yield Complaint(where, what, f"[sellers.{name}-2]")
