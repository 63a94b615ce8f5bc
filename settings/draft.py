"""What a wrong settings file probably should say, as it is put together: tables and values at their keys."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.paths import Keys
from settings.schema import SettingsFile
from settings.wording import one_by_one


class Draft:
    """`document` is what has been put in so far. A key of several tables without a number means the last of them."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}

    def at(self, keys: Keys) -> Any:
        found: Any = self.document
        for key in keys:
            try:
                found = found[-1][key] if isinstance(found, list) and isinstance(key, str) else found[key]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def put(self, keys: Keys, value: Any, *, append: bool = False) -> bool:
        """Whether the value has found its place: it has not if what should hold it is no table."""
        holder: Any = self.document
        for key in keys[:-1]:
            if isinstance(holder, list) and isinstance(key, int):
                holder = holder[key]
                continue
            holder = holder[-1] if isinstance(holder, list) and holder else holder
            if not isinstance(holder, dict):
                return False
            holder = holder.setdefault(key, {})
        holder = holder[-1] if isinstance(holder, list) and holder and isinstance(holder[-1], dict) else holder
        if not isinstance(holder, dict):
            return False
        if append:
            several = holder.setdefault(keys[-1], [])
            if isinstance(several, list):
                several.append(value)
        elif value == {}:
            holder.setdefault(keys[-1], value)
        else:
            holder[keys[-1]] = value
        return True

    def drop(self, keys: Keys) -> Any:
        holder = self.at(keys[:-1])
        return holder.pop(keys[-1], None) if isinstance(holder, dict) else None

    def errors(self) -> list[ErrorDetails]:
        return _errors(self.document)

    def would_be_right(self, keys: Keys, guess: Any) -> bool:
        """Whether nothing is wrong at these keys with the guess in place of what is there."""
        document = deepcopy(self.document)
        holder: Any = document
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = guess
        return not any(error["loc"][: len(keys)] == keys for error in _errors(document))


def _errors(document: Mapping[str, Any]) -> list[ErrorDetails]:
    try:
        SettingsFile.model_validate(document)
    except ValidationError as error:
        return list(one_by_one(error.errors(include_url=False, include_input=False)))
    return []
