"""What a person's word about one order did: a code for programs, a sentence for people."""

from enum import StrEnum


class OrderOutcome(StrEnum):
    def __new__(cls, code: str, meaning: str = "") -> "OrderOutcome":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    meaning: str
