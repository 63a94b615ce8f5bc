"""`askonce`, and `python -m worker`."""

import gc
import os
import sys
from io import TextIOWrapper

from worker.commands import askonce
from worker.no_dumps import no_dumps

MANY = 150_000
"""Objects: more than a start makes, hardly one of which is garbage."""


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 1 something needs attention, 2 bad usage or settings."""
    no_dumps()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal of another encoding shows what it can
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # askonce has none, and looking for them takes time
    gc.set_threshold(MANY)
    try:
        sys.exit(askonce.main(standalone_mode=True))
    finally:
        gc.freeze()  # at its end Python would look through all that goes with the process anyway


if __name__ == "__main__":
    main()
