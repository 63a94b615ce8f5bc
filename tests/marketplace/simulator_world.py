"""A simulator for the tests of this folder, one seller's view of it, and an order or two."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from tests.forked import ForkedSimulator
from tests.plain_http import TRUSTS_NOBODY

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FR, DE = "A13V1IB3VIYZZH", "A1PA6795UKMFR9"
ASK = "createProductReviewAndSellerFeedbackSolicitation"
OFFER = "getSolicitationActionsForOrder"


def delivered(order_id: str, days_ago: float = 10, **more: Any) -> SimOrder:
    at = NOW - days_ago * DAY
    return SimOrder(
        order_id=order_id,
        purchased_at=at - 4 * DAY,
        marketplace_id=FR,
        shipped_at=at - 3 * DAY,
        delivered_at=at,
        **more,
    )


class SellerView:
    """Amazon as one seller account sees it, over plain HTTP."""

    def __init__(self, url: str, account: str = "maison-durand") -> None:
        self._http = httpx2.Client(base_url=url, timeout=10, verify=TRUSTS_NOBODY, trust_env=False)
        self.now: datetime | None = None  # for a simulator that follows its client
        self.token = self.get_token(account).json()["access_token"]

    def get_token(self, account: str = "maison-durand", **more: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "refresh_token": account, "client_id": "id", "client_secret": "secret"}
        return self._http.post("/auth/o2/token", data=form | more)

    def get(self, path: str, **query: str) -> httpx2.Response:
        return self.call("GET", path, **query)

    def call(self, method: str, path: str, **query: str) -> httpx2.Response:
        headers = {"x-amz-access-token": self.token}
        if self.now:
            headers["x-simulated-now"] = self.now.isoformat()
        return self._http.request(method, path, params=query, headers=headers)

    def post_json(self, path: str, content: object) -> httpx2.Response:
        return self._http.post(path, json=content, headers={"x-amz-access-token": self.token})

    def download(self, url: str) -> httpx2.Response:
        return self._http.get(url)

    def offered(self, order_id: str, marketplace: str = FR) -> bool:
        reply = self.get(f"/solicitations/v1/orders/{order_id}", marketplaceIds=marketplace)
        assert reply.status_code == 200, reply.text
        return [action["name"] for action in reply.json()["_links"]["actions"]] == ["productReviewAndSellerFeedback"]

    def ask(self, order_id: str, marketplace: str = FR) -> httpx2.Response:
        path = f"/solicitations/v1/orders/{order_id}/solicitations/productReviewAndSellerFeedback"
        return self.call("POST", path, marketplaceIds=marketplace)

    def orders(self, after: datetime, **more: str) -> dict[str, Any]:
        query = {"lastUpdatedAfter": after.isoformat(), "includedData": "FULFILLMENT,PACKAGES,CANCELLATION,PROCEEDS"}
        reply = self.get("/orders/2026-01-01/orders", **(query | more))
        assert reply.status_code == 200, reply.text
        content: dict[str, Any] = reply.json()
        return content

    def close(self) -> None:
        self._http.close()


@contextmanager
def simulated(*orders: SimOrder, **options: Any) -> Iterator[tuple[SimulatorProcess, SellerView]]:
    """Time stands still at NOW, and nothing is throttled, unless told otherwise."""
    given: dict[str, Any] = {"start": NOW, "speed": 0, "throttled": False} | options
    with ForkedSimulator(Options(**given)) as simulator:
        simulator.post_orders(orders)
        seller = SellerView(simulator.url)
        try:
            yield simulator, seller
        finally:
            seller.close()


def message(reply: httpx2.Response) -> str:
    """Amazon's words in an error reply."""
    words: str = reply.json()["errors"][0]["message"]
    return words
