"""Europe: invoices as feeds, what the simulator counts and refuses."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from marketplace.errors import NotAuthorised
from marketplace.operations import Operation
from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.sim_sale import SimAccount
from marketplace.simulator.throttle import RATES
from settings.marketplaces import MARKETPLACES
from tests.marketplace.invoice_world import ACCOUNT, PDF, Still, label, pending, priced, selling, submit, verdict
from tests.marketplace.simulator_world import DAY, FR, NOW, simulated


def test_an_uploaded_invoice_is_accepted_and_counted() -> None:
    with selling(priced()) as (simulator, seller):
        feed_id = submit(seller, label())
        feed = seller.feed(feed_id)
        assert feed.done
        assert feed.result_id
        assert seller.feed_result(feed.result_id).accepted
        [found] = simulator.invoices()
        assert (found.order_id, found.number, found.kind, found.route) == ("a", "2026-000001", "invoice", "feed")
        assert (found.sha256, found.feed_id, found.at) == (sha256(PDF).hexdigest(), feed_id, NOW)
        assert simulator.summary()["invoices_total"] == 1


def test_a_second_invoice_for_an_order_is_taken_and_counted() -> None:
    with selling(priced()) as (simulator, seller):
        assert [verdict(seller, label()), verdict(seller, label(number="2026-000002"))] == ["accepted"] * 2
        summary = simulator.summary()
        assert (summary["invoices_total"], summary["invoices_repeated"]) == (2, 1)


REJECTIONS = {
    "no PDF": ({}, b"hello", "79503"),
    "an empty file": ({}, b"", "79540"),
    "not Amazon's order": ({"order_id": "nobody's"}, PDF, "79517"),
    "not shipped": ({"order_id": "unshipped"}, PDF, "79517"),
    "another marketplace": ({"marketplace_id": MARKETPLACES["DE"].marketplace_id}, PDF, "79517"),
    "a marketplace without the feed": ({"marketplace_id": MARKETPLACES["AE"].marketplace_id}, PDF, "79523"),
    "no number": ({"number": ""}, PDF, "79513"),
    "Amazon's own": ({"order_id": "amazon's"}, PDF, "79525"),
}


@pytest.mark.parametrize(("more", "pdf", "code"), REJECTIONS.values(), ids=REJECTIONS.keys())
def test_a_feed_that_is_done_may_have_been_rejected(still: Still, more: dict[str, Any], pdf: bytes, code: str) -> None:
    simulator, seller = still
    simulator.post_orders(
        [priced(), priced("unshipped", shipped_at=None, delivered_at=None), priced("amazon's", invoiced_by_amazon=True)]
    )
    before = len(simulator.invoices())
    assert verdict(seller, label(**more), pdf) == code
    assert len(simulator.invoices()) == before
    assert simulator.summary()["invoices_rejected"][code] >= 1


@pytest.mark.parametrize(("invoicing", "code"), [("amazon", "79525"), ("not_enrolled", "79509")])
def test_an_account_may_not_be_allowed_to_upload(invoicing: Any, code: str) -> None:
    with selling(priced(), account=SimAccount(invoicing=invoicing, feed_seconds=0)) as (simulator, seller):
        assert verdict(seller, label()) == code
        assert simulator.invoices() == []


def test_options_without_amazons_prefix_are_not_seen() -> None:
    with simulated(priced()) as (simulator, plain):
        simulator.set_account(ACCOUNT, SimAccount(feed_seconds=0))
        document = plain.post_json("/feeds/2021-06-30/documents", {"contentType": "application/pdf"}).json()
        wish = {
            "feedType": "UPLOAD_VAT_INVOICE",
            "marketplaceIds": [FR],
            "inputFeedDocumentId": document["feedDocumentId"],
            "feedOptions": {"orderid": "a", "invoicenumber": "1"},
        }
        feed_id = plain.post_json("/feeds/2021-06-30/feeds", wish).json()["feedId"]
        result_id = plain.get(f"/feeds/2021-06-30/feeds/{feed_id}").json()["resultFeedDocumentId"]
        url = plain.get(f"/feeds/2021-06-30/documents/{result_id}").json()["url"]
        assert "79513\tError\tPlease provide metadata:shippingid or metadata:orderid" in plain.download(url).text


def test_a_feed_takes_its_time_and_is_listed_while_it_does() -> None:
    with selling(priced(), account=SimAccount(feed_seconds=5)) as (simulator, seller):
        feed_id = submit(seller, label())
        assert not seller.feed(feed_id).done
        assert [(feed.feed_id, feed.done) for feed in seller.feeds(since=NOW - DAY)] == [(feed_id, False)]
        simulator.advance(timedelta(seconds=5))
        assert seller.feed(feed_id).done
        assert seller.feeds(since=NOW + DAY) == ()


def test_feeds_are_listed_over_pages() -> None:
    with selling(priced(), account=SimAccount(feed_seconds=0)) as (_, seller):
        upload_id = seller.upload_invoice(PDF)
        made = [seller.submit_invoice(upload_id, label()) for _ in range(13)]
        seen = seller.feeds(since=NOW - DAY)
        assert [feed.feed_id for feed in seen] == made[::-1]


@pytest.mark.parametrize(
    ("headers", "minutes", "status"),
    [
        ({"content-type": "application/pdf"}, 4, 200),
        ({"content-type": "application/pdf"}, 6, 403),
        ({"content-type": "text/plain"}, 0, 403),
        ({"content-type": "application/pdf", "x-amz-access-token": "Atza|x"}, 0, 403),
    ],
    ids=["in time", "too late", "another type", "with a token"],
)
def test_an_address_is_good_for_five_minutes_and_for_the_headers_it_was_signed_for(
    headers: dict[str, str], minutes: float, status: int
) -> None:
    with simulated(priced()) as (simulator, plain):
        document = plain.post_json("/feeds/2021-06-30/documents", {"contentType": "application/pdf"}).json()
        simulator.advance(timedelta(minutes=minutes))
        reply = httpx2.put(document["url"], content=PDF, headers=headers, trust_env=False)
        assert reply.status_code == status


def test_without_the_tax_role_nothing_is_uploaded_and_nothing_is_pending() -> None:
    with selling(priced(), account=SimAccount(invoicing="vcs", tax_role=False)) as (_, seller):
        with pytest.raises(NotAuthorised):
            submit(seller, label())
        with pytest.raises(NotAuthorised):
            pending(seller)


@pytest.mark.parametrize("kind", ["feed_fatal", "feed_cancelled"])
def test_a_feed_can_fail_as_a_whole(still: Still, kind: Kind) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    feed_id = submit(seller, label())
    simulator.faults(Fault(kind, times=1))
    failed = seller.feed(feed_id)
    assert (failed.done, failed.result_id) == (True, None)


def test_a_processing_report_that_is_cut_is_not_taken_as_accepted(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    found = seller.feed(submit(seller, label()))
    simulator.faults(Fault("cut_json", "download", times=1))
    assert found.result_id
    assert seller.feed_result(found.result_id).accepted is None


def test_the_calls_for_invoices_have_amazons_rates() -> None:
    for operation in Operation:
        assert RATES[operation.value] == (operation.per_second, operation.burst)


def test_feeds_are_created_fifteen_at_once_and_then_throttled() -> None:
    with simulated(priced(), throttled=True) as (simulator, plain):
        statuses = [plain.post_json("/feeds/2021-06-30/feeds", {}).status_code for _ in range(17)]
        assert statuses == [400] * 15 + [429] * 2
        assert simulator.summary()["throttled"] == {"createFeed": 2}


def test_accepted_invoices_outlive_a_sigkill(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with selling(priced(), journal=journal) as (simulator, seller):
        submit(seller, label())
        before = simulator.invoices()
        simulator.kill()
    with selling(priced(), journal=journal) as (simulator, _):
        assert simulator.invoices() == before
        assert len(before) == 1
