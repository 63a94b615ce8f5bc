"""A ledger that was live before it knew of arming counts as armed, where it stands; a fresh one does not."""

from datetime import datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from ledger import armings
from ledger.database import open_ledger
from tests.ledger.examples import DAY, HOUR, NOW
from tests.versions import ROOT

BEFORE = "0023"
ENTRY = text(
    "INSERT INTO entries (seller, order_id, action, state, reason, tries, asked_at, changed_at) "
    "VALUES (:seller, :order, 'review', :state, :reason, 0, :asked_at, :now)"
)
HEARTBEAT = text(
    "INSERT INTO heartbeats (name, mode, version, started_at, seen_at, sellers) "
    "VALUES ('a worker', 'run', '0.1', :started_at, :now, :sellers)"
)


def _time(at: datetime | None, url: str) -> datetime | str | None:
    """As each database keeps it."""
    return at.isoformat(" ", "microseconds")[:26] if at and url.startswith("sqlite") else at


def before(url: str) -> None:
    """A ledger as the version before left it: with a seller that has asked, one that is live and one that is not."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "ledger/migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        for order, asked_at in (("a", NOW - 9 * DAY), ("b", NOW - 3 * DAY), ("c", None)):
            state, reason = ("sent", "requested") if asked_at else ("waiting", "too_early")
            row = {"order": order, "state": state, "reason": reason}
            times = {"asked_at": _time(asked_at, url), "now": _time(NOW, url)}
            connection.execute(ENTRY, row | times | {"seller": "has-asked"})
        connection.execute(ENTRY, row | times | {"seller": "never-live"})
        sellers = '{"is-live": true, "never-live": false, "has-asked": true}'
        times = {"started_at": _time(NOW - HOUR, url), "now": _time(NOW, url)}
        connection.execute(HEARTBEAT, {"sellers": sellers, **times})
    engine.dispose()


def test_who_was_live_before_the_upgrade_is_armed_by_it_since_the_first_request(database_url: str) -> None:
    before(database_url)
    ledger = open_ledger(database_url)
    with ledger.read() as connection:
        found = armings.known(connection)
    ledger.close()
    assert {name: (each.at, each.lost) for name, each in found.items()} == {
        "has-asked": (NOW - 9 * DAY, None),
        "is-live": (NOW - HOUR, None),
    }


def test_a_fresh_ledger_has_nobody_armed(database_url: str) -> None:
    ledger = open_ledger(database_url)
    with ledger.read() as connection:
        assert armings.known(connection) == {}
    ledger.close()
