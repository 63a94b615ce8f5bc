"""What a scrape costs: no order is counted for it, however many are stored."""

from ledger.answers import Answers
from tasks.figures import figures
from tests.tasks.test_tasks_status import counted
from tests.tasks.workshop import DAY, Workshop

LARGE = ("entries", "orders", "invoices", "attempts", "decisions")


def test_no_table_of_orders_is_walked_through(shop: Workshop) -> None:
    for days_ago in (10, 11, 40, 3):
        shop.order(days_ago)
    shop.whole_pass()
    answers = Answers()
    figures(shop.app, answers, shop.clock.now())
    shop.wait(DAY)
    figures(shop.app, answers, shop.clock.now())
    with counted(shop.ledger) as statements:
        found = figures(shop.app, answers, shop.clock.now())
    with shop.ledger.read() as connection:
        cursor = connection.connection.cursor()
        steps = []
        for statement in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", ("1",) * statement.count("?"))
            steps += [row[-1] for row in cursor.fetchall()]
    assert [step for step in steps if step.startswith("SCAN") and step.split()[1] in LARGE] == []
    assert len(statements) < 15
    assert sum(found.answers.values()) == 2
