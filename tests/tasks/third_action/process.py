"""A worker process that knows the action, and sends what is due of one seller.

Run as `python -m tests.tasks.third_action.process DATABASE_URL SIMULATOR_URL NOW SETTINGS`, the seller's in JSON.
"""

import sys
from datetime import datetime

from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from settings.environment import Credentials
from settings.schema import Seller
from tasks.actions import ACTIONS
from tasks.app import App
from tasks.entrypoints import send_due
from tests.tasks.third_action.action import LINE
from worker.clock import SimulatedClock
from worker.wiring import connector


class _Silent:
    def ring(self, task: str, seller: str) -> None:
        """Nobody listens."""


def main(database_url: str, simulator_url: str, now: str, settings: str) -> None:
    ACTIONS[LINE.action] = LINE
    clock, seller = SimulatedClock(datetime.fromisoformat(now)), Seller.model_validate_json(settings)
    amazon = Amazon(clock, simulator_url, simulator_url, lambda: {"x-simulated-now": clock.now().isoformat()})
    connect = connector(amazon, {seller.name: Credentials("client", "secret", seller.name)})
    app = App({seller.name: seller}, open_ledger(database_url), clock, connect, this_process(), _Silent())
    send_due(app, seller.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
