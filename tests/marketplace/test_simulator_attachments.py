"""North America: invoices as messages to the buyer."""

from hashlib import sha256

import pytest

from marketplace.errors import Broken, Busy, NotAuthorised, Refused
from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_sale import SimAccount
from rules.reason import Reason
from tests.marketplace.invoice_world import PDF, US, Still, american, priced, selling, send
from tests.marketplace.simulator_world import FR


def test_an_invoice_is_sent_as_a_message_and_each_one_counts() -> None:
    with selling(american()) as (simulator, seller):
        assert seller.invoice_offered("us", US)
        send(seller, "us")
        send(seller, "us", b"%PDF-1.7 another")
        found = simulator.invoices()
        assert [(each.order_id, each.number, each.route) for each in found] == [("us", "invoice.pdf", "message")] * 2
        assert found[0].sha256 == sha256(PDF).hexdigest()
        assert simulator.summary()["invoices_repeated"] == 1


def test_an_order_that_is_not_shipped_takes_no_message(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([american("unshipped-us", shipped_at=None, delivered_at=None)])
    assert not seller.invoice_offered("unshipped-us", US)
    with pytest.raises(Refused) as refused:
        send(seller, "unshipped-us")
    assert refused.value.reason is Reason.NOT_OFFERED


def test_attachments_are_denied_in_europe_and_without_the_role(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    with pytest.raises(NotAuthorised):
        seller.attach_invoice("a", FR, PDF)
    with selling(american(), account=SimAccount(message_role=False)) as (_, without), pytest.raises(NotAuthorised):
        without.invoice_offered("us", US)


def test_an_attachment_must_have_been_uploaded(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([american()])
    simulator.faults(Fault("drop_before", "upload", times=1))
    with pytest.raises(Busy):
        seller.attach_invoice("us", US, PDF)
    with pytest.raises(Broken):
        seller.send_invoice("us", US, "00000000-0000-4000-8000-000000000099", "invoice.pdf")


def test_nothing_is_offered_and_nothing_is_sent_in_an_outage() -> None:
    with selling(american()) as (simulator, seller):
        simulator.faults(Fault("outage"))
        assert not seller.invoice_offered("us", US)
        with pytest.raises(Refused):
            send(seller, "us")
