"""What Amazon offers for one order, in the shape that solicitations and messages share."""

from marketplace.simulator.messages import Call
from marketplace.simulator.replies import InvalidInputError, NotFoundError, Reply, json_reply
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.world import World


def order_of(world: World, call: Call) -> SimOrder:
    """The order that the path names, in the marketplace that the query names. Raises RefusalError."""
    marketplace = call.query.get("marketplaceIds")
    if not marketplace or "," in marketplace:
        raise InvalidInputError("Missing or invalid request parameters: [marketplaceIds]")
    order = world.order(call.resource, call.account)
    if order is None or order.marketplace_id != marketplace or order.purchased_at > call.now:
        raise NotFoundError
    return order


def actions(order: SimOrder, api: str, path: str, name: str, *, offered: bool) -> Reply:
    """The one action `name` at `path`, or none."""
    root, query = f"{api}/orders/{order.order_id}", f"?marketplaceIds={order.marketplace_id}"
    link = {"href": f"{root}{path}{query}", "name": name}
    schema = {"href": f"{root}{path}/schema", "name": name}
    embedded = {"_links": {"schema": schema, "self": link}, "_embedded": {"schema": {"_links": {"self": schema}}}}
    return json_reply(
        {
            "_links": {"actions": [link] * offered, "self": {"href": root + query}},
            "_embedded": {"actions": [embedded] * offered},
        }
    )
