"""Feeds API 2021-06-30, for the feed UPLOAD_VAT_INVOICE. A feed is judged when created, and told about when done."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.simulator import invoice_feed
from marketplace.simulator.messages import Call, iso, page_token, parse_time
from marketplace.simulator.replies import DeniedError, InvalidInputError, NotFoundError, RefusalError, Reply, json_reply
from marketplace.simulator.storage import Storage
from marketplace.simulator.world import World

FEED_TYPE = "UPLOAD_VAT_INVOICE"
ADDRESS_LIFE = timedelta(minutes=5)
KEPT = timedelta(days=90)
_TOLD = {"feed_fatal": "FATAL", "feed_cancelled": "CANCELLED", "feed_in_progress": "IN_PROGRESS"}
_RESULT = "result-"


@dataclass(frozen=True, slots=True)
class _Feed:
    feed_id: str
    account: str
    created: datetime
    done: datetime
    marketplace_ids: list[str]
    report: str

    def json(self, now: datetime, status: str | None = None) -> dict[str, object]:
        """`status`, when given, is told in place of the true one."""
        if status is None:
            status = "DONE" if now >= self.done else "IN_QUEUE" if now == self.created else "IN_PROGRESS"
        told: dict[str, object] = {
            "feedId": self.feed_id,
            "feedType": FEED_TYPE,
            "marketplaceIds": self.marketplace_ids,
            "createdTime": iso(self.created),
            "processingStatus": status,
        }
        if status == "DONE":
            told["processingStartTime"], told["processingEndTime"] = iso(self.created), iso(self.done)
            told["resultFeedDocumentId"] = _RESULT + self.feed_id
        return told


class Feeds:
    def __init__(self, world: World, storage: Storage) -> None:
        self._world = world
        self._storage = storage
        self._made: dict[str, _Feed] = {}

    def create_document(self, call: Call) -> Reply:
        content_type = call.json().get("contentType")
        if not isinstance(content_type, str) or not content_type:
            raise InvalidInputError("Missing or invalid contentType")
        file_id, url = self._storage.place(call, ADDRESS_LIFE, {"content-type": content_type})
        return json_reply({"feedDocumentId": file_id, "url": url}, 201)

    def create(self, call: Call) -> Reply:
        account, wish = self._world.account(call.account), call.json()
        if not account.tax_role:
            raise DeniedError("Access to the resource is forbidden")
        marketplaces, document_id = wish.get("marketplaceIds"), wish.get("inputFeedDocumentId")
        if wish.get("feedType") != FEED_TYPE or not isinstance(marketplaces, list) or not marketplaces:
            raise InvalidInputError("Missing or invalid feedType or marketplaceIds")
        if not isinstance(document_id, str) or self._storage.owner(document_id) != call.account:
            raise InvalidInputError("Invalid inputFeedDocumentId")
        feed_id = str(70001 + len(self._made))
        pdf = self._storage.content(document_id, call.account)
        report = invoice_feed.process(self._world, call, feed_id, marketplaces, wish.get("feedOptions") or {}, pdf)
        done = call.now + timedelta(seconds=account.feed_seconds)
        self._made[feed_id] = _Feed(feed_id, call.account, call.now, done, marketplaces, report)
        return json_reply({"feedId": feed_id}, 202)

    def get(self, call: Call) -> Reply:
        return json_reply(self._of(call.resource, call.account).json(call.now, _TOLD.get(call.fault or "")))

    def search(self, call: Call) -> Reply:
        """getFeeds, the newest first."""
        since, size, first = _page(call)
        mine = [feed for feed in self._made.values() if feed.account == call.account and feed.created >= since]
        told: dict[str, object] = {"feeds": [feed.json(call.now) for feed in mine[::-1][first : first + size]]}
        if first + size < len(mine):
            told["nextToken"] = page_token(iso(since), size, first + size)
        return json_reply(told)

    def document(self, call: Call) -> Reply:
        feed = self._of(call.resource.removeprefix(_RESULT), call.account)
        if call.now < feed.done:
            raise NotFoundError
        url = f"{call.base_url}/documents/{call.resource}?X-Amz-Expires=300"
        return json_reply({"feedDocumentId": call.resource, "url": url})

    def download(self, call: Call) -> Reply:
        feed = self._made.get(call.resource.removeprefix(_RESULT))
        if feed is None:
            raise RefusalError(403, "AccessDenied", "Access Denied")
        return Reply(200, feed.report.encode(), b"text/plain")

    def owner(self, document_id: str) -> str:
        """The account whose processing report it is; empty: there is none."""
        feed = self._made.get(document_id.removeprefix(_RESULT))
        return feed.account if feed else ""

    def _of(self, feed_id: str, account: str) -> _Feed:
        feed = self._made.get(feed_id)
        if feed is None or feed.account != account:
            raise NotFoundError
        return feed


def order_named(body: bytes) -> str:
    """The order that a createFeed is about, for faults; empty: none can be told."""
    try:
        return invoice_feed.order_of(json.loads(body)["feedOptions"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""


def _page(call: Call) -> tuple[datetime, int, int]:
    """Since when, how many, and the first of them."""
    if "nextToken" in call.query:
        if len(call.query) > 1:
            raise InvalidInputError("nextToken must be the only parameter")
        since, size, first = call.page("nextToken", 3)
        return parse_time(since, "nextToken"), size, first
    if FEED_TYPE not in call.query.get("feedTypes", "").split(","):
        raise InvalidInputError("Missing or invalid feedTypes")
    size = call.query.get("pageSize", "10")
    if not size.isdecimal() or not 1 <= int(size) <= 100:
        raise InvalidInputError("pageSize must be from 1 to 100")
    return call.time("createdSince") or call.now - KEPT, int(size), 0
