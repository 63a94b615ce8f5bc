"""Solicitations API v1: what is offered for an order, and the one request that cannot be taken back."""

from marketplace.simulator.messages import Call, InvalidInputError, Reply, error, json_reply, not_found
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.world import NOT_AVAILABLE, World

_ACTION = "productReviewAndSellerFeedback"


def get_actions(world: World, call: Call, *, nothing: bool = False) -> Reply:
    """`nothing`: an outage, in which Amazon offers nothing for any order."""
    order = _order(world, call)
    if order is None:
        return not_found()
    path, query = f"/solicitations/v1/orders/{order.order_id}", f"?marketplaceIds={order.marketplace_id}"
    link = {"href": f"{path}/solicitations/{_ACTION}{query}", "name": _ACTION}
    schema = {"href": f"{path}/solicitations/{_ACTION}/schema", "name": _ACTION}
    offered = not nothing and world.refusal(order, call.now) is None
    embedded = {"_links": {"schema": schema, "self": link}, "_embedded": {"schema": {"_links": {"self": schema}}}}
    return json_reply(
        {
            "_links": {"actions": [link] * offered, "self": {"href": path + query}},
            "_embedded": {"actions": [embedded] * offered},
        }
    )


def create_solicitation(world: World, call: Call, *, nothing: bool = False) -> Reply:
    order = _order(world, call)
    if order is None:
        return not_found()
    refusal = NOT_AVAILABLE if nothing else world.solicit(order, call.now)
    return error(403, "Unauthorized", refusal) if refusal else json_reply({}, 201)


def _order(world: World, call: Call) -> SimOrder | None:
    marketplace = call.query.get("marketplaceIds")
    if not marketplace or "," in marketplace:
        raise InvalidInputError("Missing or invalid request parameters: [marketplaceIds]")
    order = world.order(call.resource, call.account)
    if order is None or order.marketplace_id != marketplace or order.purchased_at > call.now:
        return None
    return order
