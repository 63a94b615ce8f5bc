"""Solicitations API v1: what is offered for an order, and the one request that cannot be taken back."""

from marketplace.simulator.messages import Call
from marketplace.simulator.offers import actions, order_of
from marketplace.simulator.replies import DeniedError, Reply, json_reply
from marketplace.simulator.world import NOT_AVAILABLE, World

_ACTION = "productReviewAndSellerFeedback"


def get_actions(world: World, call: Call) -> Reply:
    order = order_of(world, call)
    offered = not call.nothing_offered and world.refusal(order, call.now) is None
    return actions(order, "/solicitations/v1", f"/solicitations/{_ACTION}", _ACTION, offered=offered)


def create_solicitation(world: World, call: Call) -> Reply:
    order = order_of(world, call)
    if refusal := NOT_AVAILABLE if call.nothing_offered else world.solicit(order, call.now):
        raise DeniedError(refusal)
    return json_reply({}, 201)
