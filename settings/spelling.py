"""What is wrong with how a statement of a settings file is written, before its value is looked at."""

import re
from decimal import Decimal
from typing import Any

from settings.guesses import loosely, meant
from settings.paths import is_setting_name
from settings.statements import CURLY, Flaw, Statement
from settings.wording import typed


def not_understood(line: str) -> tuple[str, str]:
    if line.startswith((";", "//", "--")):
        return "a comment begins with #", "# before what is only said"
    if (key := re.match(r"([a-z_.]+)\s+(\S.*)", line)) and is_setting_name(key[1]):
        value = meant(key[1], loosely(key[2]))
        return "there is no = between key and value", f"{key[1]} = {typed(value) if value is not None else '…'}"
    return f"this line is {Flaw.UNKNOWN}", "# before it, if it is a comment"


def not_toml(each: Statement, name: str, loose: Any, guess: Any, error: str) -> str:
    """What is wrong with how a value is written; `guess` is what was meant, if that is known."""
    written, key = each.value, each.keys[-1]
    outside = re.sub(r'"[^"]*"', "", written)
    if any(quote in (written if each.flaw is Flaw.QUOTE else outside) for quote in CURLY):
        return "these are curly quotes, which TOML does not know"
    found = (
        (not written, f"{name} has no value"),
        (each.flaw, f"here is {each.flaw}"),
        ("\u00a0" in outside, "here is a no-break space, which TOML does not know"),
        ("\\" in written, "a backslash in quotes must be doubled"),
        (key == "since", f"{name} must be a date like 2026-12-01"),
        (written.endswith((";", ",")), f"{written[-1:]} does not end a line"),
        ("%" in outside, "a rate is a number, without %"),
        (
            re.search(r"\d,\d{1,2}\b", outside) and not isinstance(guess, list),
            "a decimal number has a point, not a comma",
        ),
        (isinstance(guess, bool), f"{name} must be true or false"),
        (
            _is_number(guess) and re.search(r"\d[., '\u202f]\d{3}\b", written),
            "a number has nothing between its thousands",
        ),
        (_is_number(guess) or re.match(r"\d+ ?[^\W\d]", written), "a number stands alone, without a unit"),
        (isinstance(guess, list) and re.search(r"\b0\d", outside), "a number does not begin with 0"),
        (isinstance(guess, list), "text stands in quotes, and a list in brackets"),
        (isinstance(guess, dict), f"{name} stands on one line, as {{ FR = 20, DE = 19 }}"),
        (isinstance(guess, str) and isinstance(loose, str), "text stands in quotes"),
    )
    return next((what for wrong, what in found if wrong), f"not TOML: {error.partition(' (at ')[0]}")


def _is_number(guess: Any) -> bool:
    return isinstance(guess, int | Decimal) and not isinstance(guess, bool)
