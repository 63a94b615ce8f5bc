"""The Selling Partner API operations that askonce calls, with Amazon's documented rate and burst of each.

Amazon counts per operation and per pair of seller account and application. Source: the usage plans in Amazon's models
of Sellers v1, Orders 2026-01-01, Finances 2024-06-19, Reports 2021-06-30, Solicitations v1, Feeds 2021-06-30,
Uploads 2020-11-01 and Messaging v1 (no rate is given for its `invoice` message: that of its other messages is taken).
"""

from rules.coded import Coded


class Operation(Coded):
    """Amazon's name of the operation; `per_second` tokens flow into a bucket that holds `burst`."""

    def __init__(self, _name: str, per_second: float, burst: int) -> None:
        self.per_second = per_second
        self.burst = burst

    PARTICIPATIONS = "getMarketplaceParticipations", 0.016, 15
    ORDERS = "searchOrders", 0.0056, 20
    TRANSACTIONS = "listTransactions", 0.5, 10
    CREATE_REPORT = "createReport", 0.0167, 15
    REPORT = "getReport", 2.0, 15
    REPORT_DOCUMENT = "getReportDocument", 0.0167, 15
    REVIEW_ACTIONS = "getSolicitationActionsForOrder", 1.0, 5
    REQUEST_REVIEW = "createProductReviewAndSellerFeedbackSolicitation", 1.0, 5
    ORDER = "getOrder", 0.5, 30
    CREATE_FEED_DOCUMENT = "createFeedDocument", 0.5, 15
    CREATE_FEED = "createFeed", 0.0083, 15
    FEED = "getFeed", 2.0, 15
    FEEDS = "getFeeds", 0.0222, 10
    FEED_DOCUMENT = "getFeedDocument", 0.0222, 10
    UPLOAD_DESTINATION = "createUploadDestinationForResource", 10.0, 10
    MESSAGE_ACTIONS = "getMessagingActionsForOrder", 1.0, 5
    MESSAGE_ATTRIBUTES = "GetAttributes", 1.0, 5
    SEND_INVOICE = "sendInvoice", 1.0, 5
