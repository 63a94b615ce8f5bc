"""Amazon's usage plans: one token bucket for each account and operation."""

from datetime import datetime

# Requests per second and burst, as Amazon's models document them. Written down here a second time on purpose:
# the simulator is the witness against which the client's own pace is tested.
RATES = {
    "getMarketplaceParticipations": (0.016, 15),
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "listTransactions": (0.5, 10),
    "createReport": (0.0167, 15),
    "getReport": (2.0, 15),
    "getReportDocument": (0.0167, 15),
    "getSolicitationActionsForOrder": (1.0, 5),
    "createProductReviewAndSellerFeedbackSolicitation": (1.0, 5),
    "createFeedDocument": (0.5, 15),
    "createFeed": (0.0083, 15),
    "getFeed": (2.0, 15),
    "getFeeds": (0.0222, 10),
    "getFeedDocument": (0.0222, 10),
    "createUploadDestinationForResource": (10.0, 10),
    "getMessagingActionsForOrder": (1.0, 5),
    "GetAttributes": (1.0, 5),
    "sendInvoice": (1.0, 5),
}


class Throttle:
    """A bucket starts full, gains `rate` tokens a simulated second, and holds `burst`."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[float, datetime]] = {}

    def allows(self, account: str, operation: str, now: datetime) -> bool:
        """Takes a token, if there is one."""
        if operation not in RATES:
            return True
        rate, burst = RATES[operation]
        tokens, since = self._buckets.get((account, operation), (float(burst), now))
        gained = max((now - since).total_seconds(), 0) * rate
        tokens = min(tokens + gained, burst)
        allowed = tokens >= 1
        self._buckets[account, operation] = (tokens - allowed, now)
        return allowed
