"""Amazon refuses to tell of promotions: only sellers who exclude by them wait."""

from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from tests.worker.seller_folder import amazon, delivered, selling


@pytest.mark.parametrize(
    ("more", "sent"), [("", 1), ('exclude.promotions = ["GIFT-*"]', 0)], ids=["not needed", "excluded by"]
)
def test_orders_are_read_without_what_no_decision_rests_on(more: str, sent: int, tmp_path: Path) -> None:
    reviews = f"day_range = [5, 30]\n{more}"
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url, reviews=reviews) as folder:
        simulator.faults(Fault("refused_data"))
        totals = folder.json("sweep", expect=0 if sent else 1)
        assert totals["sent"] == sent
        assert len(totals["stale"]) == 1 - sent
        simulator.clear_faults()
        folder.write("UPDATE sources SET next_read_at = NULL")
        assert folder.json("sweep")["sent"] == 1 - sent
