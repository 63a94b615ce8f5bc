"""The operations for invoices, by Amazon's names: Feeds, Uploads and Messaging, and the storage that they share."""

from marketplace.simulator import messaging_api
from marketplace.simulator.feeds_api import Feeds
from marketplace.simulator.messages import Call, Reply
from marketplace.simulator.storage import Storage
from marketplace.simulator.world import World

FEEDS = "/feeds/2021-06-30"
ROUTES = (
    ("POST", rf"{FEEDS}/documents()", "createFeedDocument"),
    ("POST", rf"{FEEDS}/feeds()", "createFeed"),
    ("GET", rf"{FEEDS}/feeds()", "getFeeds"),
    ("GET", rf"{FEEDS}/feeds/([^/]+)", "getFeed"),
    ("GET", rf"{FEEDS}/documents/([^/]+)", "getFeedDocument"),
    ("PUT", r"/storage/([^/]+)", "upload"),
    ("GET", r"/messaging/v1/orders/([^/]+)/attributes", "GetAttributes"),
    ("GET", r"/messaging/v1/orders/([^/]+)", "getMessagingActionsForOrder"),
    ("POST", r"/messaging/v1/orders/([^/]+)/messages/invoice", "sendInvoice"),
    (
        "POST",
        r"/uploads/2020-11-01/uploadDestinations//?messaging/v1/orders/([^/]+)/messages/invoice",
        "createUploadDestinationForResource",
    ),
)


class Invoicing:
    def __init__(self) -> None:
        self.storage = Storage()
        self.feeds = Feeds(self.storage)

    def answer(self, world: World, call: Call, kind: str | None) -> Reply:
        """`kind` is the fault that the call meets."""
        nothing = kind in ("empty_actions", "outage")
        match call.operation:
            case "createFeedDocument":
                return self.feeds.create_document(call)
            case "upload":
                return self.storage.put(call)
            case "createFeed":
                return self.feeds.create(world, call)
            case "getFeed":
                return self.feeds.get(call, kind)
            case "getFeeds":
                return self.feeds.search(call)
            case "getFeedDocument":
                return self.feeds.document(call)
            case "GetAttributes":
                return messaging_api.attributes(world, call)
            case "getMessagingActionsForOrder":
                return messaging_api.actions(world, call, nothing=nothing)
            case "createUploadDestinationForResource":
                return messaging_api.upload_destination(world, self.storage, call)
            case _:
                return messaging_api.send_invoice(world, self.storage, call, nothing=nothing)
