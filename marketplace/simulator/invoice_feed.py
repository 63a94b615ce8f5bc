"""What becomes of a PDF that was uploaded by the feed UPLOAD_VAT_INVOICE.

Codes and words of the processing report: SP-API docs, "Error Handling" of the VAT Calculation Service, and
selling-partner-api-models issues 2437, 2777, 2965. The code for amounts that do not match is not known: 79999 is ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from marketplace.simulator.invoice_book import AcceptedInvoice, Kind
from marketplace.simulator.messages import Call
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.vat_report import documents
from marketplace.simulator.world import World
from settings.marketplaces import MARKETPLACES

MARKETPLACE_IDS = frozenset(
    MARKETPLACES[code].marketplace_id for code in ("ES", "UK", "FR", "DE", "IT", "NL", "PL", "SE")
)
_AMOUNT = re.compile(r"-?\d+(\.\d{1,2})?")
_KINDS: dict[str, Kind] = {"Invoice": "invoice", "CreditNote": "credit_note"}


class _RejectionError(Exception):
    """What the processing report will say."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Upload:
    """A PDF, and what came with it."""

    marketplace_ids: list[str]
    given: Mapping[str, str]  # the options without their prefix
    pdf: bytes | None

    @property
    def shipping_id(self) -> str:
        return self.given.get("shippingid", "")

    @property
    def order_id(self) -> str:
        """The shipment's id wins over the order's."""
        return self.shipping_id.rpartition("-")[0] or self.given.get("orderid", "")

    @property
    def kind(self) -> Kind:
        return _KINDS[self.given.get("documenttype", "Invoice")]

    @property
    def about(self) -> str:
        return f"shipmentId {self.shipping_id or 'N/A'}, orderId {self.given.get('orderid') or 'N/A'}"


def process(
    world: World, call: Call, feed_id: str, marketplace_ids: list[str], options: Mapping[str, str], pdf: bytes | None
) -> str:
    """Accepts or rejects the document; returns the processing report."""
    upload = _Upload(marketplace_ids, given(options), pdf)
    try:
        _judge(world, call, upload)
    except _RejectionError as no:
        world.invoices.reject(no.code, str(no), upload.order_id, upload.shipping_id or None)
        return _report(no)
    world.invoices.accept(
        AcceptedInvoice(
            account=call.account,
            order_id=upload.order_id,
            kind=upload.kind,
            number=upload.given["invoicenumber"],
            sha256=sha256(pdf or b"").hexdigest(),
            at=call.now,
            route="feed",
            shipping_id=upload.shipping_id or None,
            transaction_id=upload.given.get("transactionid"),
            feed_id=feed_id,
        )
    )
    return _report(None)


def given(options: Mapping[str, str]) -> dict[str, str]:
    """The options whose names have the prefix, without it; Amazon does not see the others."""
    names = ((name.lower(), str(value)) for name, value in options.items())
    return {name.removeprefix("metadata:"): value for name, value in names if name.startswith("metadata:")}


def order_of(options: Mapping[str, str]) -> str:
    return _Upload([], given(options), None).order_id


def _judge(world: World, call: Call, upload: _Upload) -> None:
    account, about = world.account(call.account), upload.about
    if account.invoicing == "not_enrolled":
        raise _RejectionError("79509", "Invoice Upload API is in a closed beta. Contact Seller Support")
    if len(upload.marketplace_ids) != 1 or upload.marketplace_ids[0] not in MARKETPLACE_IDS:
        raise _RejectionError("79523", "Please provide only one valid marketplace while uploading an invoice.")
    if missing := _missing(upload.given):
        raise _RejectionError("79513", f"Please provide {missing}")
    if upload.given.get("documenttype", "Invoice") not in _KINDS:
        raise _RejectionError("79531", f"The document type {upload.given['documenttype']} is not supported")
    if not upload.pdf:
        raise _RejectionError("79540", f"Invoice missing in feed submission. Please provide an invoice for {about}")
    if not upload.pdf.startswith(b"%PDF"):
        number = upload.given["invoicenumber"]
        raise _RejectionError("79503", f"Invoice uploaded is not pdf for {about} and InvoiceNumber {number}")
    order = world.order(upload.order_id, call.account)
    shipped = order is not None and order.status(call.now) in ("SHIPPED", "PARTIALLY_SHIPPED")
    if order is None or order.marketplace_id != upload.marketplace_ids[0] or not shipped:
        raise _RejectionError("79517", f"Invalid order id, or not shipped yet: {about}")
    if account.invoicing == "amazon" or order.invoiced_by_amazon:
        raise _RejectionError("79525", f"Amazon will generate invoice for {about}")
    if account.invoicing == "vcs":
        _compare(order, call, upload)


def _compare(order: SimOrder, call: Call, upload: _Upload) -> None:
    """The shipment or refund that the options name: its amounts are Amazon's own, and must agree to the cent."""
    found = [document for document in documents(order, call.now) if document.kind == upload.kind]
    if upload.shipping_id:
        found = [document for document in found if document.shipping_id == upload.shipping_id]
    if upload.kind == "credit_note":
        if "transactionid" not in upload.given:
            raise _RejectionError("79513", "Please provide metadata:transactionid")
        found = [document for document in found if document.transaction_id == upload.given["transactionid"]]
    if not found:
        raise _RejectionError("79517", f"Invalid shipment or transaction: {upload.about}")
    told = (upload.given.get("totalamount"), upload.given.get("totalvatamount"))
    if not any(told == (f"{document.total:.2f}", f"{document.vat:.2f}") for document in found):
        raise _RejectionError("79999", "The total amounts do not match those calculated by Amazon")


def _missing(given: Mapping[str, str]) -> str:
    """As Amazon names it. An amount that is none, or has more than two decimals, counts as missing."""
    missing = []
    if not (given.get("shippingid") or given.get("orderid")):
        missing.append("metadata:shippingid or metadata:orderid")
    if not given.get("invoicenumber"):
        missing.append("metadata:invoicenumber")
    for name in ("totalamount", "totalvatamount"):
        if name in given and not _AMOUNT.fullmatch(given[name]):
            missing.append(f"metadata:{name}")
    return ",".join(missing)


def _report(no: _RejectionError | None) -> str:
    lines = [
        "Feed Processing Summary:",
        "\tNumber of records processed\t\t1",
        f"\tNumber of records successful\t\t{0 if no else 1}",
        "",
    ]
    if no:
        lines += [
            "original-record-number\tsku\terror-code\terror-type\terror-message",
            f"1\t\t{no.code}\tError\t{no}",
            "",
        ]
    return "\n".join(lines)
