"""Amazon's VAT Calculation Service: what is pending, until its document is accepted."""

from dataclasses import replace
from decimal import Decimal

from marketplace.port import InvoiceLabel, PendingInvoice
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimAccount
from rules.order import Money
from tests.marketplace.invoice_world import CUP, TEAPOT, ZERO, Still, label, pending, priced, selling, verdict
from tests.marketplace.simulator_world import DAY, NOW

VCS = SimAccount(invoicing="vcs", feed_seconds=0)


def label_of(found: PendingInvoice, number: str) -> InvoiceLabel:
    lines = found.sale.lines
    return label(
        found.sale.order_id,
        number=number,
        total=sum((line.amount - line.discount for line in lines), ZERO),
        vat=sum((line.tax or ZERO for line in lines), ZERO),
        credit_note=found.credit_note,
        shipping_id=found.sale.shipping_id,
        transaction_id=found.sale.transaction_id,
    )


def test_each_shipment_and_each_refund_is_pending_until_its_document_is_accepted() -> None:
    refund = SimRefund(NOW - DAY, Money(Decimal("12.00"), "EUR"))
    unshipped = priced("unshipped", shipped_at=None, delivered_at=None)
    with selling(priced("a", TEAPOT, CUP, refunds=(refund,)), unshipped, account=VCS) as (simulator, seller):
        found = pending(seller)
        seen = [(each.sale.order_id, each.credit_note, each.status, len(each.sale.lines)) for each in found]
        assert seen == [("a", False, "Pending", 2), ("a", False, "Pending", 1), ("a", True, "Pending", 1)]
        assert len({(each.sale.shipping_id, each.credit_note) for each in found}) == 3
        assert found[2].sale.lines[0].amount == Decimal("12.00")
        for left, each in enumerate(reversed(found)):
            assert verdict(seller, label_of(each, f"N-{left}")) == "accepted"
            assert len(pending(seller)) == 2 - left
        assert [invoice.kind for invoice in simulator.invoices()] == ["credit_note", "invoice", "invoice"]
        assert simulator.summary()["invoices_repeated"] == 0


def test_the_report_of_pending_invoices_has_the_same_sale_as_the_order() -> None:
    with selling(priced("a", TEAPOT, business=True), account=VCS) as (_, seller):
        [found] = pending(seller)
        order = seller.sale("a")
        assert [(line.amount, line.discount, line.tax) for line in found.sale.lines] == [
            (line.amount, line.discount, line.tax) for line in order.lines
        ]
        assert [line.tax_rate for line in found.sale.lines] == [Decimal(20), Decimal(20)]
        assert found.sale.buyer == order.buyer
        assert (found.sale.purchase_order, found.sale.business) == ("PO-7", True)


def test_amounts_other_than_amazons_are_rejected_and_the_shipment_stays_pending() -> None:
    with selling(priced(), account=VCS) as (_, seller):
        [found] = pending(seller)
        assert verdict(seller, replace(label_of(found, "1"), vat=Decimal("5.79"))) == "79999"
        [still_there] = pending(seller)
        assert (still_there.status, "do not match" in still_there.detail) == ("Rejected", True)


def test_a_credit_note_needs_its_transaction() -> None:
    refund = SimRefund(NOW - DAY, Money(Decimal("12.00"), "EUR"))
    with selling(priced(refunds=(refund,)), account=VCS) as (_, seller):
        credit = label_of(pending(seller)[1], "C-1")
        assert verdict(seller, replace(credit, transaction_id=None)) == "79513"
        assert verdict(seller, replace(credit, transaction_id="amzn:crow:0")) == "79517"


def test_a_seller_without_the_service_has_nothing_pending(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    assert pending(seller) == []
