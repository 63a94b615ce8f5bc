"""`askonce`, and `python -m worker`."""

import sys
from io import TextIOWrapper

from worker.commands import askonce
from worker.no_dumps import no_dumps


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 1 something needs attention, 2 bad usage or settings."""
    no_dumps()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal of another encoding shows what it can
    sys.exit(askonce.main(standalone_mode=True))


if __name__ == "__main__":
    main()
