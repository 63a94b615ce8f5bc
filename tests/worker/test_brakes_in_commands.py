"""A brake is said by every command that a person may look at, with what to type, until it is released."""

from datetime import UTC, datetime
from pathlib import Path

from rules.brakes import Brake, Verdict
from tasks.brakes.look import put
from tests.worker.seller_folder import SELLER, amazon, delivered, selling

CAUSE = "90 orders came due today; a usual day has 4"
LOOK = f"askonce brakes --seller {SELLER}"


def test_a_brake_is_said_with_what_to_type_until_it_is_released(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("sweep", "--dry-run")
        with folder.ledger.begin() as connection:
            put(connection, SELLER, "FR", Verdict(Brake.MANY_DUE, 90, 20, CAUSE), datetime.now(UTC))
        done = folder.askonce("sweep", expect=1).stdout
        assert f"{SELLER}, FR: braked: {CAUSE}. Type: {LOOK}" in done
        found = folder.json("sweep", expect=1)
        assert found["brakes"] == [{"seller": SELLER, "marketplace": "FR", "brake": "many_due", "cause": CAUSE}]
        assert found["by_reason"] == {"braked": 1}
        assert f"To do: {LOOK}" in folder.askonce("plan").stdout
        assert f"To do: {LOOK}" in folder.askonce("status", expect=1).stdout
        release = f"release --seller {SELLER} --marketplace FR --brake many_due"
        assert f"askonce {release}" in folder.askonce("brakes", expect=1).stdout
        folder.askonce(*release.split())
        assert folder.askonce("brakes").stdout == "nothing is braked\n"
        found = folder.json("sweep")
        assert (found["sent"], found["brakes"]) == (1, [])
