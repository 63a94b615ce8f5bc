"""The stop file: while it is there nothing irrevocable is called, whatever the ledger says, or cannot say."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.controls import ALL, Stop
from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class StopFile:
    """Where it would be; None: there is none to look for, as in a demo or a replay. Nobody reads what is in it."""

    path: Path | None = None

    def is_there(self) -> bool:
        """Whether anything is there: a file, a folder, a link that leads nowhere; or whether that cannot be known."""
        return self._found() is not None

    def stops(self) -> Iterator[Stop]:
        """What it stops, in the words of a stop: everything, or nothing."""
        if (found := self._found()) is not None:
            yield Stop(ALL, Reason.STOP_FILE, None, found)

    def _found(self) -> str | None:
        """What is there, in words; None: surely nothing."""
        if self.path is None:
            return None
        try:
            os.lstat(self.path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "no path"
            return f"{self.path} cannot be looked at ({why}), and so counts as there"
        return f"{self.path} is there"


NO_STOP_FILE = StopFile()
