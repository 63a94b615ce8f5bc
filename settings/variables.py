"""Environment variables: a real one wins over `.env`, and each may be given as `NAME_FILE`, a file that holds it."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from settings.complaints import Complaint, why_unreadable

DOTENV = ".env"


class Variables:
    """Variables by name; one that is set to nothing is unset. What is wrong with them is added to `complaints`."""

    def __init__(self, environ: Mapping[str, str], complaints: list[Complaint]) -> None:
        self._complaints = complaints
        self.files: list[Path] = []
        """The files that were read: each may hold a secret."""
        self._sources = (("environment", environ), (DOTENV, self._read_dotenv()))

    def _read_dotenv(self) -> dict[str, str]:
        try:
            # interpolation would read os.environ, and change a secret with ${ in it
            values = dotenv_values(DOTENV, interpolate=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            self._complaints.append(
                Complaint(DOTENV, f"cannot be read: {why_unreadable(error)}", f"{DOTENV} in UTF-8, readable by you")
            )
            return {}
        self.files.append(Path(DOTENV).absolute())
        return {name: value for name, value in values.items() if value is not None}

    def _source(self, name: str) -> tuple[str, Mapping[str, str]] | None:
        named = (source for source in self._sources if name in source[1] or f"{name}_FILE" in source[1])
        return next(named, None)

    def where(self, name: str) -> str:
        """Where the variable is set, or else may be: the place of a complaint about it."""
        source = self._source(name)
        return source[0] if source else DOTENV

    def is_set(self, name: str) -> bool:
        """Whether the variable, or the file of it, is named with a value, be it readable or not."""
        source = self._source(name)
        return source is not None and any(source[1].get(each, "").strip() for each in (name, f"{name}_FILE"))

    def get(self, name: str) -> str | None:
        source = self._source(name)
        if source is None:
            return None
        where, values = source
        value, file = values.get(name, "").strip(), values.get(f"{name}_FILE", "").strip()
        if value and file:
            self._complaints.append(Complaint(where, f"{name} and {name}_FILE are both set", "only one of them"))
        return value or (self._read(name, file, where) if file else None)

    def require(self, name: str, example: str) -> str | None:
        """The value; when there is none, a complaint says how to set it."""
        before = len(self._complaints)
        value = self.get(name)
        if value is None and len(self._complaints) == before:
            self._complaints.append(Complaint(self.where(name), f"{name} is not set", f"{name}={example}"))
        return value

    def _read(self, name: str, file: str, where: str) -> str | None:
        try:
            value = Path(file).read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError) as error:
            what, value = f"cannot be read: {why_unreadable(error)}", ""
        else:
            what = "is empty"
            self.files.append(Path(file).absolute())
        if not value:
            remedy = f"{name}_FILE=/path/of/a/file/that/holds/the/value"
            self._complaints.append(Complaint(where, f"the file that {name}_FILE names {what}", remedy))
        return value or None
