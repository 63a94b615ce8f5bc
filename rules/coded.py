"""Codes for programs, of which more is known: what people read, for one."""

from enum import StrEnum
from typing import Self


class Coded(StrEnum):
    """A member is written as its code and what goes to `__init__` of its class behind that."""

    def __new__(cls, code: str, *_more: object) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        return member
