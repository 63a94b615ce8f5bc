"""Reports API 2021-06-30: reports that tell of arrivals and returns of orders, and the VAT invoice data report."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.simulator import orders_report, vat_report
from marketplace.simulator.messages import Call, iso, parse_time
from marketplace.simulator.replies import DeniedError, InvalidInputError, NotFoundError, RefusalError, Reply, json_reply
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.world import World
from settings.marketplaces import marketplace_of


def _shipment(order: SimOrder, at: datetime) -> dict[str, str]:
    item = order.items[0]
    marketplace = marketplace_of(order.marketplace_id)
    return {
        "amazon-order-id": order.order_id,
        "shipment-id": f"{order.order_id}-1",
        "purchase-date": iso(order.purchased_at),
        "shipment-date": iso(at),
        "buyer-email": "hidden@marketplace.amazon.example",  # personal, to be dropped by whoever reads the report
        "buyer-name": "Jane Doe",
        "sku": item.sku or "",
        "quantity-shipped": str(item.quantity),
        "carrier": "A carrier",
        "tracking-number": "TRACK1",
        "estimated-arrival-date": iso(order.delivered_at) if order.delivered_at else "",
        "fulfillment-channel": "AFN",
        "sales-channel": marketplace.domain if marketplace else "Non-Amazon",
    }


def _fba_return(order: SimOrder, at: datetime) -> dict[str, str]:
    item = order.items[0]
    return {
        "return-date": iso(at),
        "order-id": order.order_id,
        "sku": item.sku or "",
        "asin": item.asin or "",
        "quantity": str(item.quantity),
        "detailed-disposition": "SELLABLE",
        "reason": "UNWANTED_ITEM",
    }


def _merchant_return(order: SimOrder, at: datetime) -> dict[str, str]:
    item = order.items[0]
    return {
        "Order ID": order.order_id,
        "Order date": f"{order.purchased_at:%d-%b-%Y}",
        "Return request date": f"{at:%d-%b-%Y}",
        "Return request status": "Approved",
        "ASIN": item.asin or "",
        "Merchant SKU": item.sku or "",
        "Return quantity": str(item.quantity),
        "Return Reason": "CR-UNWANTED_ITEM",
        "Return delivery date": f"{order.returned_at:%d-%b-%Y}" if order.returned_at else "",
    }


@dataclass(frozen=True, slots=True)
class _Kind:
    stream: str  # of the world, whose entries are the rows
    longest: timedelta  # range that one report may cover
    row: Callable[[SimOrder, datetime], dict[str, str]]
    again: timedelta = timedelta(0)  # how soon Amazon makes it anew


_KINDS = {
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": _Kind(
        "fba_shipments", timedelta(days=31), _shipment, timedelta(minutes=30)
    ),
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": _Kind(
        "fba_returns", timedelta(days=60), _fba_return, timedelta(hours=4)
    ),
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": _Kind("merchant_returns", timedelta(days=60), _merchant_return),
}


_NOT_ALLOWED = "Report rejected for this client. Some of the marketplaces are not allowed for this Report"
_ONE_READING = timedelta(minutes=5)  # orders of one report this near to one another count as one
_UNSHIPPED = ("order-id", "order-item-id", "purchase-date", "buyer-email", "sku", "quantity-to-ship")
_TOLD = {"report_in_progress": "IN_PROGRESS", "report_in_queue": "IN_QUEUE", "report_fatal": "FATAL"}
"""In place of the true status, by fault."""
_VAT_REPORT = "GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT"


@dataclass(frozen=True, slots=True)
class _Report:
    account: str
    report_type: str
    created: datetime
    status: str
    document: bytes


class Reports:
    """The reports that were asked for, by id; a report is made of what is known when it is ordered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, _Report] = {}
        self._ordered: dict[tuple[str, str], datetime] = {}

    def create(self, call: Call) -> Reply:
        world, account, wish = self._world, self._world.account(call.account), call.json()
        report_type, marketplace_ids = wish.get("reportType"), wish.get("marketplaceIds")
        if report_type not in (*_KINDS, _VAT_REPORT, orders_report.REPORT) or not (
            isinstance(marketplace_ids, list) and marketplace_ids
        ):
            raise InvalidInputError("Missing or invalid reportType or marketplaceIds")
        if report_type == _VAT_REPORT:
            if not account.tax_role:
                raise DeniedError("Access to the resource is forbidden")
            return self._make(call, report_type, list(vat_report.pending(world, call, marketplace_ids)))
        if not set(account.reports_refused).isdisjoint(marketplace_ids):
            raise InvalidInputError(_NOT_ALLOWED)
        kind = _KINDS.get(report_type)
        longest = kind.longest if kind else orders_report.LONGEST
        end = parse_time(wish["dataEndTime"], "dataEndTime") if "dataEndTime" in wish else call.now
        start = parse_time(wish["dataStartTime"], "dataStartTime") if "dataStartTime" in wish else end - longest
        if kind is None:
            rows = list(orders_report.rows(world, call, start, end, marketplace_ids))
        else:
            rows = [
                kind.row(world.orders[order_id], at)
                for at, order_id, _ in world.stream(kind.stream).between(call.account, start, min(end, call.now))
                if world.orders[order_id].marketplace_id in (None, *marketplace_ids)
            ]
        status = "FATAL" if end - start > longest or report_type in account.reports_fatal else None
        too_early = kind is not None and self._too_early(call, report_type, kind.again)
        return self._make(call, report_type, rows, "CANCELLED" if too_early else status)

    def _too_early(self, call: Call, report_type: str, again: timedelta) -> bool:
        """Amazon cancels what was ordered again before it makes it anew (selling-partner-api-models issue 403)."""
        first = self._ordered.setdefault((call.account, report_type), call.now)
        age = call.now - first
        if _ONE_READING < age < again:
            return True
        if age > _ONE_READING:
            self._ordered[call.account, report_type] = call.now
        return False

    def _make(self, call: Call, report_type: str, rows: list[dict[str, str]], status: str | None = None) -> Reply:
        lines = ["\t".join(row) for row in (*rows[:1], *(row.values() for row in rows))]
        report_id = str(50001 + len(self._made))
        document = gzip.compress("\r\n".join([*lines, ""]).encode(), compresslevel=1)
        status = status or ("DONE" if rows else "CANCELLED")
        self._made[report_id] = _Report(call.account, report_type, call.now, status, document)
        return json_reply({"reportId": report_id}, 202)

    def get(self, call: Call) -> Reply:
        report = self._of(call)
        done = report.created + timedelta(seconds=self._world.account(report.account).report_seconds)
        status = _TOLD.get(call.fault or "") or (report.status if call.now >= done else "IN_PROGRESS")
        content = {
            "reportId": call.resource,
            "reportType": report.report_type,
            "createdTime": iso(report.created),
            "processingStatus": status,
        }
        if status == "DONE":
            content["reportDocumentId"] = call.resource
        return json_reply(content)

    def document(self, call: Call) -> Reply:
        if self._of(call).status != "DONE":
            raise NotFoundError
        url = f"{call.base_url}/documents/{call.resource}?X-Amz-Expires=300"
        packed = {} if call.fault == "gzip_not_said" else {"compressionAlgorithm": "GZIP"}
        return json_reply({"reportDocumentId": call.resource, "url": url, **packed})

    def download(self, call: Call) -> Reply:
        """The document itself: a presigned address, hence open to whoever knows it."""
        report = self._made.get(call.resource)
        if report is None:
            raise RefusalError(403, "AccessDenied", "Access Denied")
        content = report.document
        match call.fault:
            case "report_empty":
                content = b""
            case "gzip_only_said":
                content = gzip.decompress(content)
            case "wrong_report":
                content = _another_report(gzip.decompress(content))
        return Reply(200, content, b"application/octet-stream")

    def owner(self, report_id: str) -> str:
        """The account that had it made; empty: there is no such report."""
        return report.account if (report := self._made.get(report_id)) else ""

    def _of(self, call: Call) -> _Report:
        report = self._made.get(call.resource)
        if report is None or report.account != call.account:
            raise NotFoundError
        return report


def _another_report(content: bytes) -> bytes:
    """The orders of a report as unshipped ones (selling-partner-api-models issue 4272)."""
    header, *rows = (line.split("\t") for line in content.decode().splitlines())
    column = next(number for number, name in enumerate(header) if name.lower().replace(" ", "-").endswith("order-id"))
    lines = [_UNSHIPPED, *((row[column], "1", "2026-01-01", "", "", "1") for row in rows)]
    return "\n".join("\t".join(line) for line in lines).encode()
