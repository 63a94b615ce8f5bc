"""Faults in the midst of an invoice's calls: what is unclear, what may be repeated."""

from collections.abc import Callable

import pytest

from marketplace.amazon.client import AmazonSeller
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from marketplace.simulator.faults import Fault, Kind
from tests.marketplace.invoice_world import PDF, US, Still, american, label, priced, selling, send, submit
from tests.marketplace.simulator_world import DAY, FR, NOW

LOST: dict[Kind, bool] = {  # whether it was processed
    "drop_before": False,
    "error_500_before": False,
    "html_503": False,
    "drop_after": True,
    "error_503_after": True,
    "cut_json": True,
    "empty_body": True,
    "absurd_headers": True,
    "blank_200": False,
    "proxy_200": False,
    "accepted_with_errors": False,
}


@pytest.mark.parametrize(("kind", "processed"), LOST.items())
def test_a_lost_answer_of_an_irrevocable_call_is_unclear_whether_or_not_it_was_processed(
    still: Still, kind: Kind, processed: bool
) -> None:
    simulator, seller = still
    simulator.post_orders([priced(f"eu-{kind}"), american(f"us-{kind}")])
    simulator.faults(
        Fault(kind, "createFeed", order_id=f"eu-{kind}", times=1), Fault(kind, "sendInvoice", f"us-{kind}", times=1)
    )
    with pytest.raises(Unclear):
        submit(seller, label(f"eu-{kind}"))
    with pytest.raises(Unclear):
        send(seller, f"us-{kind}")
    counted = {invoice.order_id for invoice in simulator.invoices()}
    assert (f"eu-{kind}" in counted, f"us-{kind}" in counted) == (processed, processed)


SURELY_NOT: dict[Kind, type[Answer]] = {
    "throttle": Busy,
    "bad_request": Broken,
    "denied": NotAuthorised,
    "unknown_403": Refused,
    "html_400": Busy,
    "html_403": Busy,
    "empty_403": Busy,
}


@pytest.mark.parametrize(("kind", "expected"), SURELY_NOT.items())
@pytest.mark.parametrize(
    ("operation", "ask"),
    [
        ("createFeed", lambda seller: submit(seller, label())),
        ("sendInvoice", lambda seller: send(seller, "us")),
    ],
    ids=["createFeed", "sendInvoice"],
)
def test_a_refusal_of_an_irrevocable_call_has_sent_nothing(
    kind: Kind, expected: type[Answer], operation: str, ask: Callable[[AmazonSeller], object]
) -> None:
    with selling(priced(), american()) as (simulator, seller):
        simulator.faults(Fault(kind, operation, times=1))
        with pytest.raises(expected):
            ask(seller)
        assert simulator.invoices() == []


@pytest.mark.parametrize("kind", ["expired_token", "denied_token", "tiny_rate", "slow_body"])
def test_a_fault_that_a_new_token_or_patience_mends_is_not_seen(still: Still, kind: Kind) -> None:
    simulator, seller = still
    simulator.post_orders([priced(f"eu-{kind}"), american(f"us-{kind}")])
    simulator.faults(Fault(kind, "createFeed", times=1), Fault(kind, "sendInvoice", times=1))
    submit(seller, label(f"eu-{kind}"))
    send(seller, f"us-{kind}")
    assert {f"eu-{kind}", f"us-{kind}"} <= {invoice.order_id for invoice in simulator.invoices()}


def test_an_order_is_asked_for_with_less_when_amazon_refuses_what_is_not_needed(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("refused-data")])
    simulator.faults(Fault("refused_data", "getOrder"))
    assert seller.sale("refused-data").order_id == "refused-data"
    assert seller.sale("refused-data").order_id == "refused-data"
    assert simulator.struck()["maison-durand", "getOrder", "refused_data"] == 3
    simulator.clear_faults()


READS = (
    *("getOrder", "GetAttributes", "createFeedDocument", "upload", "getFeed", "getFeeds", "getFeedDocument"),
    *("download", "getMessagingActionsForOrder", "createUploadDestinationForResource"),
)


@pytest.mark.parametrize(
    "kind", ["drop_before", "drop_after", "error_500_before", "error_503_after", "html_503", "html_400"]
)
@pytest.mark.parametrize("operation", READS)
def test_a_fault_of_a_call_that_may_be_repeated_is_busy_and_the_next_time_it_is_well(
    still: Still, operation: str, kind: Kind
) -> None:
    simulator, seller = still
    order_id = f"{operation}-{kind}"
    simulator.post_orders([priced(order_id), american(f"us-{order_id}")])

    def ask() -> None:
        seller.sale(order_id)
        seller.buyer_language(order_id, FR)
        assert seller.invoice_offered(f"us-{order_id}", US)
        seller.attach_invoice(f"us-{order_id}", US, PDF)
        seller.upload_invoice(PDF)
        found = seller.feed(feed_id)
        assert seller.feeds(since=NOW - DAY)
        assert found.result_id
        assert seller.feed_result(found.result_id).accepted

    feed_id = submit(seller, label(order_id))
    simulator.faults(Fault(kind, operation, times=1))
    with pytest.raises(Busy):
        ask()
    ask()
