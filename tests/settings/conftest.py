from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path

import pytest

from settings.complaints import Complaint, SettingsError
from settings.load import load_settings

Complaints = Callable[..., tuple[Complaint, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty current folder."""
    with chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def complaints(folder: Path) -> Complaints:
    """What is wrong with a settings file, and with an environment."""

    def complain(
        text: str | bytes | None, environ: Mapping[str, str] | None = None, *, with_credentials: bool = False
    ) -> tuple[Complaint, ...]:
        if text is not None:
            (folder / "sellers.toml").write_bytes(text.encode() if isinstance(text, str) else text)
        try:
            load_settings(environ or {}, with_credentials=with_credentials)
        except SettingsError as error:
            return error.complaints
        return ()

    return complain
