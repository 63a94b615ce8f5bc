"""Environment variables: a real one wins over `.env`, and each may be given as `NAME_FILE`, a file that holds it."""

import re
from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from settings.complaints import Complaint, as_text, why_unreadable
from settings.statements import CURLY

DOTENV = ".env"
_OURS = re.compile(
    r"(DATABASE_URL|REDIS_URL|SELLERS_FILE|STOP_FILE|INVOICE_KEY|ALERT_URLS|PING_URL|LOG_FORMAT|METRICS_PORT|WEB_HOST|"
    r"WEB_PORT|WEB_TLS_CERT|WEB_TLS_KEY|WEB_PROXY|\w+_LWA_\w+"
    r"|(SP_API|LWA|ECB)_ENDPOINT)(_FILE)?"
)
_SECRET = re.compile(r".*_LWA_(CLIENT_ID|CLIENT_SECRET|REFRESH_TOKEN)|INVOICE_KEY|ALERT_URLS|PING_URL")


class Variables:
    """Variables by name; one that is set to nothing is unset. What is wrong with them is added to `complaints`."""

    def __init__(self, environ: Mapping[str, str], complaints: list[Complaint]) -> None:
        self._complaints = complaints
        self._lines: dict[str, int] = {}
        self.files: list[Path] = []
        """The files that were read: each may hold a secret."""
        self._sources = (("environment", environ), (DOTENV, self._read_dotenv()))

    def _read_dotenv(self) -> dict[str, str]:
        try:
            text, wrong = as_text(Path(DOTENV).read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            wrong, text = f"cannot be read: {why_unreadable(error)}", ""
        self.files.append(Path(DOTENV).absolute())
        if wrong:
            self._complaints.append(Complaint(DOTENV, wrong, f"{DOTENV} in UTF-8, readable by you"))
        values: dict[str, str] = {}
        # dotenv's own reading would pass over what is wrong; interpolation would change a secret with ${ in it
        bindings = list(parse_stream(StringIO(text)))
        self._complaints.extend(_mistakes(bindings))
        for each in bindings:
            if each.key and each.value is not None:
                values[each.key] = each.value
                self._lines[each.key] = _line(each)
        return values

    def _source(self, name: str) -> tuple[str, Mapping[str, str]] | None:
        named = (source for source in self._sources if name in source[1] or f"{name}_FILE" in source[1])
        return next(named, None)

    def where(self, name: str) -> str:
        """Where the variable is set, or else may be: the place of a complaint about it."""
        source = self._source(name)
        if source is None or source[0] != DOTENV:
            return source[0] if source else DOTENV
        line = self._lines.get(name) or self._lines.get(f"{name}_FILE")
        return f"{DOTENV}:{line}" if line else DOTENV

    def complain(self, name: str, what: str, remedy: str) -> None:
        self._complaints.append(Complaint(self.where(name), what, remedy))

    def is_set(self, name: str) -> bool:
        """Whether the variable, or the file of it, is named with a value, be it readable or not."""
        source = self._source(name)
        return source is not None and any(source[1].get(each, "").strip() for each in (name, f"{name}_FILE"))

    def get(self, name: str) -> str | None:
        source = self._source(name)
        if source is None:
            return None
        values = source[1]
        value, file = values.get(name, "").strip(), values.get(f"{name}_FILE", "").strip()
        if value and file:
            what = f"{name} and {name}_FILE are both set"
            self.complain(name, what, "only one of them")
        return value or (self._read(name, file) if file else None)

    def require(self, name: str, wanted: str, owned: Collection[str]) -> str | None:
        """The value; when there is none, a complaint says how to set it. `owned` are the names that somebody reads."""
        before = len(self._complaints)
        value = self.get(name)
        if value is None and len(self._complaints) == before:
            what = f"{name} is not set"
            if near := self._misnamed(name, owned):
                what = f"{what}; {DOTENV}:{self._lines[near]} has {near}"
                renamed = "" if _letters(near) == _letters(name) else ", if it was renamed"
                wanted = f" and the value of {near}{renamed}"
            self.complain(name, what, f"{name}={wanted}")
        return value

    def _misnamed(self, name: str, owned: Collection[str]) -> str | None:
        """What is set in `.env` under a name that nobody reads, and that differs in capitals, - and _ alone, or
        is of a seller that the settings do not name."""
        unread = [k for k in self._lines if k not in owned]
        same_kind = [k for k in unread if k.endswith(name[name.index("_LWA_") :])]  # of a seller who was renamed
        alike = (k for k in unread if _letters(k) == _letters(name))
        return next(alike, same_kind[0] if len(same_kind) == 1 else None)

    def _read(self, name: str, file: str) -> str | None:
        try:
            value = Path(file).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            what, value = f"cannot be read: {why_unreadable(error)}", ""
        else:
            what = "is empty"
            self.files.append(Path(file).absolute())
        if not value:
            remedy = f"{name}_FILE=/path/of/a/file/that/holds/the/value"
            what = f"the file that {name}_FILE names {what}"
            self.complain(name, what, remedy)
        return value or None


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).upper()


def _line(each: Binding) -> int:
    """The line of the name: what goes before it, as empty lines, belongs to it."""
    before = each.original.string
    return each.original.line + before[: len(before) - len(before.lstrip())].count("\n")


def _mistakes(bindings: list[Binding]) -> Iterator[Complaint]:
    """Lines of `.env` that are passed over, or of which another one wins; no value is in what is said of them."""
    first: dict[str, int] = {}
    secret = ""
    for each in bindings:
        where, written = f"{DOTENV}:{_line(each)}", each.original.string.strip()
        key = each.key or ""
        if written.startswith((";", "//")):
            yield Complaint(where, "a comment begins with #", "# before it")
        elif each.error and (name := re.match(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*[\"']", written)):
            yield Complaint(where, f"the quote of {name[1]} is not closed", f"{name[1]}= and the value without quotes")
        elif (each.error or (key and each.value is None and not _OURS.fullmatch(key))) and secret:
            what = f"this line is not NAME=value: perhaps it is the end of {secret}"
            yield Complaint(where, what, f"{secret}= and the whole value on one line")
        elif each.error:
            yield Complaint(where, "this line is not NAME=value", "NAME=value, or # before what is only said")
        elif key in first and _OURS.fullmatch(key):
            yield Complaint(where, f"{key} is set on lines {first[key]} and {_line(each)}", "only one of them")
        elif each.value and (each.value[0] in CURLY or each.value[-1] in CURLY) and not _SECRET.fullmatch(key):
            yield Complaint(where, f"the value of {key} stands in curly quotes", f"{key}= and the value without quotes")
        if key and each.value is not None:
            first.setdefault(key, _line(each))
        if written:
            secret = key if each.value and _SECRET.fullmatch(key) else ""
