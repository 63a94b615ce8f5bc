from datetime import datetime

import pytest

from ledger import sources
from ledger.database import Ledger
from ledger.sources import Reading
from rules.order import Source
from tests.ledger.examples import DAY, MINUTE, NOW, SELLER


@pytest.mark.parametrize(
    ("times", "is_due"),
    [
        ([], True),
        ([NOW + MINUTE, NOW + 2 * MINUTE], False),
        ([NOW + MINUTE, NOW], True),
        ([NOW + MINUTE, None], True),
        ([NOW + MINUTE, NOW + DAY + MINUTE], True),
    ],
    ids=["never read", "all later", "one now", "one half read", "the clock was set back"],
)
def test_a_seller_is_due_when_the_time_of_one_source_has_come(
    ledger: Ledger, times: list[datetime | None], is_due: bool
) -> None:
    with ledger.begin() as connection:
        for source, time in zip(Source, times, strict=False):
            sources.record(connection, SELLER, source, Reading(next_read_at=time))
        assert sources.due(connection, [SELLER], NOW, NOW + DAY) == ({SELLER} if is_due else set())
        assert sources.due(connection, [], NOW, NOW + DAY) == set()
