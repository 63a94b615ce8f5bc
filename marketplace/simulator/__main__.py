"""`python -m marketplace.simulator`: prints one line of JSON with its URL, and serves until interrupted."""

import argparse
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketplace.simulator.all_orders_report import ReportError
from marketplace.simulator.server import Options, serve


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _days(text: str) -> timedelta:
    return timedelta(days=float(text))


def _options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m marketplace.simulator", description="A local Amazon.")
    parser.add_argument("--start", type=_time, required=True, metavar="ISO", help="the simulated time at the start")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--orders", type=Path, metavar="FILE", help="an All Orders report, or SimOrders in JSON")
    delivery = "from purchase to delivery, for a report"
    parser.add_argument("--transit-days", type=_days, dest="transit", default="4", help=delivery)
    parser.add_argument("--clock", choices=("real", "client"), default="real")
    parser.add_argument("--speed", type=float, default=1, help="simulated seconds in a real one")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="remembers what was accepted")
    parser.add_argument("--no-throttle", action="store_false", dest="throttled")
    parser.add_argument("--accept-repeats", action="store_true", help="accept and count a second solicitation")
    parser.add_argument("--seed", type=int, default=0, help="for faults with a probability")
    parser.add_argument("--ends-with-stdin", action="store_true")
    given = vars(parser.parse_args(arguments))
    follows_client = given.pop("clock") == "client"
    return Options(**given, follows_client=follows_client)


def _ready(url: str) -> None:
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()


def main() -> None:
    with suppress(KeyboardInterrupt):
        try:
            serve(_options(sys.argv[1:]), _ready)
        except (OSError, ReportError, ValueError) as complaint:
            sys.exit(f"simulator: {complaint}")


if __name__ == "__main__":
    main()
