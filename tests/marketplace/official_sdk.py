"""Amazon's own Python SDK against the server at argv[1]; prints what it understood, as JSON.

Run as a process of its own: importing the SDK configures logging and warns.
"""

import base64
import gzip
import hashlib
import json
import sys
import urllib.request
from typing import Any

from spapi import SPAPIClient, SPAPIConfig
from spapi.api.feeds_v2021_06_30.feeds_api import FeedsApi
from spapi.api.finances_v2024_06_19.finances_v2024_api import FinancesV2024Api
from spapi.api.messaging_v1.messaging_api import MessagingApi
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi
from spapi.api.reports_v2021_06_30.reports_api import ReportsApi
from spapi.api.sellers_v1.sellers_api import SellersApi
from spapi.api.solicitations_v1.solicitations_api import SolicitationsApi
from spapi.api.uploads_v2020_11_01.uploads_api import UploadsApi

FR, US = "A13V1IB3VIYZZH", "ATVPDKIKX0DER"
PDF = b"%PDF-1.7"


def main(url: str) -> dict[str, Any]:
    config = SPAPIConfig(client_id="id", client_secret="secret", refresh_token="Atzr|maison-durand")
    client = SPAPIClient(config, oauth_endpoint=f"{url}/auth/o2/token", endpoint=url).api_client
    data = ["FULFILLMENT", "PACKAGES", "PROCEEDS", "PROMOTION", "CANCELLATION"]
    found = SearchOrdersApi(client).search_orders(last_updated_after="2026-10-01T00:00:00Z", included_data=data)
    order = GetOrderApi(client).get_order("fbm", included_data=data).order
    money = FinancesV2024Api(client).list_transactions(posted_after="2026-10-01T00:00:00Z").payload.transactions
    participations = SellersApi(client).get_marketplace_participations().payload
    solicitations = SolicitationsApi(client)
    before = solicitations.get_solicitation_actions_for_order("fbm", [FR])
    asked = solicitations.create_product_review_and_seller_feedback_solicitation_with_http_info("fbm", [FR])
    after = solicitations.get_solicitation_actions_for_order("fbm", [FR])
    return {
        "orders": [o.order_id for o in found.orders],
        "status": order.fulfillment.fulfillment_status,
        "packages": [p.package_status.status for p in order.packages],
        "value": order.proceeds.grand_total.amount,
        "transactions": sorted(
            [t.transaction_type, t.transaction_status, t.total_amount.currency_amount] for t in money
        ),
        "participations": len(participations),
        "offered_before": [action.name for action in before.links.actions],
        "asked": asked[1],
        "offered_after": [action.name for action in after.links.actions],
        "report": report(ReportsApi(client)),
        **sale(GetOrderApi(client)),
        **uploaded(FeedsApi(client)),
        **sent(UploadsApi(client), MessagingApi(client)),
    }


def sale(orders: Any) -> dict[str, Any]:
    order = orders.get_order("fbm", included_data=["BUYER", "RECIPIENT", "PROCEEDS", "TAX"]).order
    return {
        "buyer": [order.buyer.buyer_name, order.recipient.delivery_address.city],
        "vat_number": order.tax.tax_registrations[0].tax_registration_number,
        "breakdowns": {part.type: part.subtotal.amount for part in order.order_items[0].proceeds.breakdowns},
    }


def uploaded(feeds: Any) -> dict[str, Any]:
    document = feeds.create_feed_document({"contentType": "application/pdf"})
    put(document.url, {"Content-Type": "application/pdf"})
    options = {"metadata:orderid": "fbm", "metadata:invoicenumber": "2026-1"}
    wish = {"feedType": "UPLOAD_VAT_INVOICE", "marketplaceIds": [FR], "inputFeedDocumentId": document.feed_document_id}
    feed_id = feeds.create_feed(wish | {"feedOptions": options}).feed_id
    feed = feeds.get_feed(feed_id)
    listed = feeds.get_feeds(feed_types=["UPLOAD_VAT_INVOICE"], page_size=100).feeds
    result = feeds.get_feed_document(feed.result_feed_document_id)
    with urllib.request.urlopen(result.url) as reply:
        lines = reply.read().decode().split()
    return {"feed": feed.processing_status, "feeds": [each.feed_id == feed_id for each in listed], "said": lines[-1]}


def sent(uploads: Any, messages: Any) -> dict[str, Any]:
    digest = base64.b64encode(hashlib.md5(PDF, usedforsecurity=False).digest()).decode()
    resource = "messaging/v1/orders/us/messages/invoice"
    destination = uploads.create_upload_destination_for_resource([US], digest, resource).payload
    put(destination.url, destination.headers)
    attachment = {"uploadDestinationId": destination.upload_destination_id, "fileName": "invoice.pdf"}
    offered = messages.get_messaging_actions_for_order("us", [US]).links.actions
    return {
        "messages": [action.name for action in offered],
        "locale": messages.get_attributes("us", [US]).buyer.locale,
        "sent": messages.send_invoice_with_http_info("us", [US], {"attachments": [attachment]})[1],
    }


def put(url: str, headers: dict[str, str]) -> None:
    request = urllib.request.Request(url, PDF, headers, method="PUT")
    with urllib.request.urlopen(request) as reply:
        reply.read()


def report(reports: Any) -> list[str]:
    wish = {
        "reportType": "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL",
        "marketplaceIds": [FR],
        "dataStartTime": "2026-10-01T00:00:00Z",
        "dataEndTime": "2026-10-20T00:00:00Z",
    }
    report_id = reports.create_report(wish).report_id
    made = reports.get_report(report_id)
    document = reports.get_report_document(made.report_document_id)
    with urllib.request.urlopen(document.url) as reply:
        return gzip.decompress(reply.read()).decode().splitlines()


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
