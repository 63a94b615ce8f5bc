"""What goes with a seller's name when it changes, and what persons said under the new one beforehand."""

from datetime import date

from ledger import controls, identities, lanes, said
from ledger.database import Connection, Ledger
from ledger.requests import REVIEWS
from ledger.state import State
from rules.order import Imported, LeftOut
from rules.reason import Reason
from tests.ledger.examples import NOW, SELLER, due, review

NEW = "boutique"
UNWANTED = LeftOut(NOW, "Claire", "rude")


def by(name: str) -> Imported:
    return Imported(NOW, "Claire", name, date(2026, 10, 1))


def make_lanes(connection: Connection) -> None:
    """That nobody holds."""
    for name in (SELLER, NEW):
        lane = lanes.acquire(connection, name, "host", NOW)
        assert lane
        lanes.release(connection, lane, {})


def test_what_was_said_under_the_new_name_beforehand_counts_after_the_rename(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        make_lanes(connection)
        due(connection, "a", "b", "c")
        said.record_imported(connection, SELLER, "b", (by("old.csv"),))
        said.leave_out(connection, SELLER, "c", UNWANTED, NOW)
        said.leave_out(connection, NEW, "a", UNWANTED, NOW)
        said.leave_out(connection, NEW, "not seen", UNWANTED, NOW)
        said.record_imported(connection, NEW, "b", (by("new.csv"),))
        identities.rename(connection, SELLER, NEW, NOW)
    with ledger.read() as connection:
        a, b, c = (REVIEWS.one(connection, NEW, review(each)) for each in "abc")
        assert said.left_out(connection, NEW, "not seen") == UNWANTED
    assert a
    assert b
    assert c
    assert (a.facts.left_out, c.facts.left_out) == (UNWANTED, UNWANTED)
    assert b.facts.imported == (by("old.csv"), by("new.csv"))
    assert [(each.state, each.next_look_at) for each in (a, b, c)] == [
        *((State.WAITING, NOW), (State.WAITING, NOW)),
        (State.DUE, NOW),
    ], "what was said is decided upon"


def test_the_stops_of_a_seller_go_with_its_name_and_no_other_sellers(ledger: Ledger) -> None:
    other = f"{SELLER}-2"
    with ledger.begin() as connection:
        make_lanes(connection)
        for scope in (SELLER, f"{SELLER}/DE", f"{SELLER}//invoice", f"{other}/FR", other):
            controls.stop(connection, scope, Reason.PAUSED)
        identities.rename(connection, SELLER, NEW, NOW)
        found = {str(stop.of) for stop in controls.stops(connection, NOW)}
    assert found == {NEW, f"{NEW}/DE", f"{NEW}//invoice", other, f"{other}/FR"}
