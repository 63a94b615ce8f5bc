"""What this machine has seen of a ledger: small files beside it that an older copy of the ledger contradicts.

A lane's token grows with each session, so a ledger whose token is lower than one that was seen here is older: it was
restored, and has forgotten what was sent since. A file that is missing, or behind, says nothing.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Seen:
    """The folders in which it is written down; none: nothing is. One beside the ledger goes back with it when the whole
    folder is restored, so there is another one elsewhere."""

    folders: Sequence[Path] = ()

    def contradicts(self, seller: str, armed_at: datetime, token: int) -> bool:
        """Whether this machine has seen a newer state of the ledger than this arming, and this token, taken just now:
        a lane gives no token twice."""
        return any(found >= (armed_at, token) for found in self._known(seller))

    def note(self, seller: str, armed_at: datetime, token: int) -> None:
        """Write it down where that is possible. A full disk, or a folder that may not be written, stops nothing."""
        for folder in self.folders:
            with suppress(OSError):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                part = folder / f".{seller}.{os.getpid()}"
                part.unlink(missing_ok=True)
                part.touch(mode=0o600)
                part.write_text(f"{armed_at.isoformat()} {token}\n", encoding="ascii")
                part.replace(folder / seller)

    def _known(self, seller: str) -> Iterator[tuple[datetime, int]]:
        for folder in self.folders:
            with suppress(OSError, ValueError):
                at, _, token = (folder / seller).read_text(encoding="ascii").partition(" ")
                yield datetime.fromisoformat(at), int(token)
