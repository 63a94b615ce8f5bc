"""Messaging API v1 and Uploads API 2020-11-01, as far as an invoice needs them: GetAttributes, and sendInvoice.

An upload destination is refused outside of North America, as seen in selling-partner-api-models issue 4649. Whether
Amazon refuses a second message for an order is not documented: it is sent, and counted.
"""

import re
from datetime import timedelta
from hashlib import sha256

from marketplace.simulator import offers
from marketplace.simulator.invoice_book import AcceptedInvoice
from marketplace.simulator.messages import Call
from marketplace.simulator.replies import DeniedError, InvalidInputError, Reply, json_reply
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.storage import Storage
from marketplace.simulator.world import World
from settings.marketplaces import marketplace_of

ADDRESS_LIFE = timedelta(minutes=15)
LARGEST = 10 * 1024 * 1024  # of all attachments together
NOT_NOW = "Invalid amazonOrderId and template combination."
_DIGEST = re.compile(r"[A-Za-z0-9+/]{22}==")


def attributes(world: World, call: Call) -> Reply:
    order = _order(world, call)
    return json_reply({"buyer": {"locale": order.locale}} if order.locale else {})


def actions(world: World, call: Call) -> Reply:
    order = _order(world, call)
    offered = not call.nothing_offered and _may_be_sent(order, call)
    return offers.actions(order, "/messaging/v1", "/messages/invoice", "sendInvoice", offered=offered)


def upload_destination(world: World, storage: Storage, call: Call) -> Reply:
    digest, content_type = call.query.get("contentMD5", ""), call.query.get("contentType")
    if not _DIGEST.fullmatch(digest):
        raise InvalidInputError("Missing or invalid request parameters: [contentMD5]")
    marketplace = marketplace_of(_order(world, call).marketplace_id)
    if marketplace is None or marketplace.region != "na":
        raise DeniedError
    headers = {"Content-MD5": digest, "x-amz-server-side-encryption": "aws:kms"}
    if content_type:
        headers["Content-Type"] = content_type
    file_id, url = storage.place(call, ADDRESS_LIFE, headers)
    return json_reply({"payload": {"uploadDestinationId": file_id, "url": url, "headers": headers}}, 201)


def send_invoice(world: World, storage: Storage, call: Call) -> Reply:
    order = _order(world, call)
    if call.nothing_offered or not _may_be_sent(order, call):
        raise DeniedError(NOT_NOW)
    files = [(name, _content(storage, call, file_id)) for file_id, name in _attachments(call)]
    if sum(len(content) for _, content in files) > LARGEST:
        raise InvalidInputError("The attachments are larger than 10 MB")
    world.invoices.accept(
        AcceptedInvoice(
            account=call.account,
            order_id=order.order_id,
            kind="invoice",
            number=files[0][0],
            sha256=sha256(files[0][1]).hexdigest(),
            at=call.now,
            route="message",
        )
    )
    return json_reply({}, 201)


def _may_be_sent(order: SimOrder, call: Call) -> bool:
    return order.channel == "AMAZON" and order.status(call.now) == "SHIPPED"


def _attachments(call: Call) -> list[tuple[str, str]]:
    try:
        found = [(each["uploadDestinationId"], each["fileName"]) for each in call.json()["attachments"]]
    except (TypeError, KeyError):
        found = []
    if not 1 <= len(found) <= 5:
        raise InvalidInputError("Missing or invalid attachments")
    return found


def _content(storage: Storage, call: Call, file_id: str) -> bytes:
    content = storage.content(file_id, call.account)
    if content is None:
        raise InvalidInputError(f"Attachment with ID {file_id} does not exist")
    return content


def _order(world: World, call: Call) -> SimOrder:
    """Raises RefusalError, also when the account has not the role for messages."""
    if not world.account(call.account).message_role:
        raise DeniedError
    return offers.order_of(world, call)
