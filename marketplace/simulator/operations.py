"""The operations that are simulated, by Amazon's names: where each is called, and what answers it."""

import re
from collections.abc import Callable
from functools import partial

from marketplace.simulator import lwa, messaging_api, orders_api, solicitations_api
from marketplace.simulator.clock import SimClock
from marketplace.simulator.feeds_api import Feeds
from marketplace.simulator.finances_api import list_transactions
from marketplace.simulator.messages import Call
from marketplace.simulator.replies import Reply
from marketplace.simulator.reports_api import Reports
from marketplace.simulator.sellers_api import participations
from marketplace.simulator.storage import Storage
from marketplace.simulator.world import World

Answer = Callable[[Call], Reply]

OPEN = ("lwa", "download", "upload")
"""Called without an access token."""
REQUEST_REVIEW = "createProductReviewAndSellerFeedbackSolicitation"
UPLOAD_DESTINATION = "createUploadDestinationForResource"
UPLOADS = r"/uploads/2020-11-01/uploadDestinations//?messaging/v1/orders/([^/]+)"


class Operations:
    """What answers each operation, in one world; with the reports, feeds and files that were made there."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self._storage = storage = Storage()
        self._feeds = feeds = Feeds(world, storage)
        self._reports = reports = Reports(world)
        solicitations, messaging = r"/solicitations/v1/orders/([^/]+)", r"/messaging/v1/orders/([^/]+)"
        review, invoice = r"/solicitations/productReviewAndSellerFeedback", r"/messages/invoice"
        table: tuple[tuple[str, str, str, Answer], ...] = (
            ("GET", solicitations, "getSolicitationActionsForOrder", partial(solicitations_api.get_actions, world)),
            ("POST", solicitations + review, REQUEST_REVIEW, partial(solicitations_api.create_solicitation, world)),
            ("POST", r"/auth/o2/token()", "lwa", lambda call: lwa.token(call.body, call.now, clock.token_lifetime)),
            ("GET", r"/orders/2026-01-01/orders()", "searchOrders", partial(orders_api.search_orders, world)),
            ("GET", r"/orders/2026-01-01/orders/([^/]+)", "getOrder", partial(orders_api.get_order, world)),
            ("GET", r"/finances/2024-06-19/transactions()", "listTransactions", partial(list_transactions, world)),
            ("POST", r"/reports/2021-06-30/reports()", "createReport", reports.create),
            ("GET", r"/reports/2021-06-30/reports/([^/]+)", "getReport", reports.get),
            ("GET", r"/reports/2021-06-30/documents/([^/]+)", "getReportDocument", reports.document),
            ("GET", r"/documents/([^/]+)", "download", self._download),
            ("GET", r"/sellers/v1/marketplaceParticipations()", "getMarketplaceParticipations", participations),
            ("POST", r"/feeds/2021-06-30/documents()", "createFeedDocument", feeds.create_document),
            ("POST", r"/feeds/2021-06-30/feeds()", "createFeed", feeds.create),
            ("GET", r"/feeds/2021-06-30/feeds()", "getFeeds", feeds.search),
            ("GET", r"/feeds/2021-06-30/feeds/([^/]+)", "getFeed", feeds.get),
            ("GET", r"/feeds/2021-06-30/documents/([^/]+)", "getFeedDocument", feeds.document),
            ("PUT", r"/storage/([^/]+)", "upload", storage.put),
            ("GET", messaging + "/attributes", "GetAttributes", partial(messaging_api.attributes, world)),
            ("GET", messaging, "getMessagingActionsForOrder", partial(messaging_api.actions, world)),
            ("POST", messaging + invoice, "sendInvoice", partial(messaging_api.send_invoice, world, storage)),
            ("POST", UPLOADS + invoice, UPLOAD_DESTINATION, partial(messaging_api.upload_destination, world, storage)),
        )
        self._routes = [(method, re.compile(path).fullmatch, name) for method, path, name, _ in table]
        self.answers = {name: answer for _, _, name, answer in table}

    def route(self, method: str, path: str) -> tuple[str, str]:
        """The operation, and the id in its path; both empty for a path that Amazon does not know."""
        for route_method, match, operation in self._routes:
            if method == route_method and (found := match(path)):
                return operation, found[1]
        return "", ""

    def owner(self, operation: str, resource: str, body: bytes) -> str:
        """The account of a call that needs no access token; empty: nobody's."""
        match operation:
            case "lwa":
                return lwa.account_named(body)
            case "download":
                return self._reports.owner(resource) or self._feeds.owner(resource)
            case _:
                return self._storage.owner(resource)

    def _download(self, call: Call) -> Reply:
        return (self._reports if self._reports.owner(call.resource) else self._feeds).download(call)
