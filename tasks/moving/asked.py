"""Importing what another tool asked: these orders count as already requested, also those that were not seen yet.

Each batch is one transaction, and importing again changes nothing: what was cut short is done by typing it once more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from ledger import order_ids, said
from ledger.database import Connection, Ledger
from ledger.requests import REVIEWS, Request
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition, record_attempt
from rules.order import Imported
from rules.reason import Reason
from rules.reviews import by_import
from rules.text import storable
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.kept_words import NOT_IMPORTED
from tasks.moving.file import Line, Problem
from tasks.order_outcome import OrderOutcome, is_over, movable, standing
from tasks.reviews.decide import decided

AT_ONCE = 500


class Outcome(OrderOutcome):
    """What an import, or taking it back, did for one order."""

    IMPORTED = "imported", "it counts as already requested"
    BEFOREHAND = "beforehand", "it was not seen yet, and counts as already requested when it is"
    AGAIN = "again", "nothing was changed: it was imported before"
    IN_DOUBT = "in_doubt", "it may have been asked already: askonce finds out, and does not ask again"
    TOO_LATE = "too_late", "nothing was changed: it came to its end before"
    TAKEN_BACK = "taken_back", "it is asked if the rules allow it"
    WAS_NOT = "was_not", "nothing was changed: no import has it"
    OTHER = "other_import", "it still counts as already requested: an import of another name says so"


CHANGES = (Outcome.IMPORTED, Outcome.BEFOREHAND, Outcome.IN_DOUBT, Outcome.TAKEN_BACK, Outcome.OTHER)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one order. `state` and `reason`: where it stood before; None: it was not seen yet."""

    order_id: str
    line: Line
    outcome: Outcome
    state: State | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a file, or taking it back, for one seller. `name` is how the import is known later."""

    ledger: Ledger
    seller: Seller
    others: Sequence[str]  # the other sellers of the settings, whose orders these must not be
    name: str
    by: Person
    now: datetime
    dry_run: bool = False

    def run(self, orders: Mapping[str, Line], *, undo: bool) -> tuple[list[Done], list[Problem]]:
        """What became of each order; and the lines with an order of another seller, which are left out."""
        done: list[Done] = []
        problems: list[Problem] = []
        left = iter(orders.items())
        while batch := list(islice(left, AT_ONCE)):
            before = len(done)
            with self.ledger.read() if self.dry_run else self.ledger.begin() as connection:
                for order_id, line in batch:
                    if foreign := self._other_seller(connection, order_id):
                        problems.append(Problem(line.number, f"{order_id} is an order of {foreign}"))
                    else:
                        done.append((self._take_back if undo else self._take)(connection, order_id, line))
                self._say_who(connection, done[before:], undo=undo)
        return done, problems

    def _say_who(self, connection: Connection, done: Sequence[Done], *, undo: bool) -> None:
        """One row for a batch; the orders themselves say which import it was."""
        changed = {outcome.value: count for outcome, count in counted(done) if outcome in CHANGES}
        if changed and not self.dry_run:
            act, after = Act.UNDO_IMPORT if undo else Act.IMPORT, {"name": self.name, **changed}
            audit.record(connection, self.by, act, self.now, seller=self.seller.name, after=after)

    def _other_seller(self, connection: Connection, order_id: str) -> str | None:
        known = order_ids.known(connection, [self.seller.name, *self.others], order_id)
        return None if self.seller.name in known or not known else known[0]

    def _take(self, connection: Connection, order_id: str, line: Line) -> Done:
        known = said.imported(connection, self.seller.name, order_id)
        request = self._request(connection, order_id)
        outcome = Outcome.AGAIN if self.name in {each.name for each in known} else _of_import(request)
        if outcome not in (Outcome.AGAIN, Outcome.TOO_LATE) and not self.dry_run:
            mine = Imported(self.now, storable(self.by.name), storable(self.name), line.asked_on)
            self._record(connection, order_id, request, (*known, mine), by_import(mine))
        return _done(order_id, line, outcome, request)

    def _take_back(self, connection: Connection, order_id: str, line: Line) -> Done:
        known = said.imported(connection, self.seller.name, order_id)
        request = self._request(connection, order_id)
        left = tuple(each for each in known if each.name != self.name)
        outcome = Outcome.OTHER if left else Outcome.TAKEN_BACK if known else Outcome.WAS_NOT
        if left != known and not self.dry_run:
            words = NOT_IMPORTED.format(name=storable(self.by.name), file=storable(self.name))
            self._record(connection, order_id, request, left, words)
        return _done(order_id, line, outcome, request)

    def _request(self, connection: Connection, order_id: str) -> Request | None:
        return REVIEWS.one(connection, self.seller.name, Key(order_id, Action.REVIEW))

    def _record(
        self,
        connection: Connection,
        order_id: str,
        request: Request | None,
        imported: tuple[Imported, ...],
        words: str,
    ) -> None:
        """Write what imports say of the order by now, and decide it anew."""
        name, answered = self.seller.name, Answered(words)
        said.record_imported(connection, name, order_id, imported)
        if request is None:
            stands = (State.SKIPPED, Reason.ALREADY_REQUESTED) if imported else (State.WAITING, Reason.NOT_SEEN)
            unseen = Transition(Key(order_id, Action.REVIEW), *stands)
            record_attempt(connection, name, unseen, answered, self.now)
            REVIEWS.wake(connection, name, [order_id], self.now)  # it may be seen at this very moment
            return
        known_now = replace(request, facts=replace(request.facts, imported=imported))
        became = decided(known_now, self.seller, self.now)
        if became == standing(request) or not REVIEWS.move(
            connection, name, became, answered, self.now, out_of=movable(request) if imported else [State.SKIPPED]
        ):
            record_attempt(connection, name, standing(request), answered, self.now)


def _of_import(request: Request | None) -> Outcome:
    if request is None:
        return Outcome.BEFOREHAND
    if is_over(request):
        return Outcome.TOO_LATE
    return Outcome.IMPORTED if request.state in movable(request) else Outcome.IN_DOUBT


def _done(order_id: str, line: Line, outcome: Outcome, request: Request | None) -> Done:
    return Done(order_id, line, outcome, request.state if request else None, request.reason if request else None)


def counted(done: Sequence[Done]) -> Iterator[tuple[Outcome, int]]:
    """How many came to each outcome, in the order of the outcomes."""
    for outcome in Outcome:
        if count := sum(each.outcome is outcome for each in done):
            yield outcome, count
