"""What a person's word about one order did: a code for programs, a sentence for people."""

from rules.coded import Coded


class OrderOutcome(Coded):
    def __init__(self, _code: str, meaning: str = "") -> None:
        self.meaning = meaning
