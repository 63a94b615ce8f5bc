"""The simulator's own door, /simulator: what it saw and accepted, its orders, faults and clock."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from marketplace.simulator.asgi import Scope
from marketplace.simulator.faults import FAULT_JSON, FAULTS_JSON
from marketplace.simulator.messages import iso, parse_time
from marketplace.simulator.replies import NotFoundError, RefusalError, Reply, error, json_reply
from marketplace.simulator.sim_order import ORDERS_JSON
from marketplace.simulator.sim_sale import ACCOUNT_JSON
from marketplace.simulator.world import ALREADY_REQUESTED, NOT_AVAILABLE, OUTSIDE_WINDOW

if TYPE_CHECKING:
    from marketplace.simulator.app import Simulator

_REFUSALS = {
    ALREADY_REQUESTED: "already_requested",
    NOT_AVAILABLE: "not_available",
    OUTSIDE_WINDOW: "outside_window",
}


def answer(simulator: "Simulator", scope: Scope, body: bytes) -> Reply:
    try:
        return _answer(simulator, scope["method"], scope["path"], scope["query_string"], body)
    except ValidationError as complaint:
        text = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in complaint.errors())
        return error(400, "InvalidInput", text)
    except RefusalError as no:
        return no.reply
    except ValueError as complaint:
        return error(400, "InvalidInput", str(complaint))
    except KeyError as missing:
        return error(404, "NotFound", f"there is no {missing}")


def _answer(simulator: "Simulator", method: str, path: str, query: bytes, body: bytes) -> Reply:
    now = simulator.clock.now()
    match method, path.removeprefix("/simulator").strip("/").split("/"):
        case "GET", [""]:
            return json_reply(_summary(simulator, full=b"full=1" in query))
        case "POST", ["orders"]:
            return json_reply({"orders": simulator.world.put(ORDERS_JSON.validate_json(body), now)})
        case "PATCH", ["orders", order_id]:
            simulator.world.patch(order_id, json.loads(body), now)
            return json_reply({"orders": 1})
        case "PUT", ["accounts", name]:
            simulator.world.accounts[name] = ACCOUNT_JSON.validate_json(body)
            return json_reply({"accounts": 1})
        case "POST", ["faults"]:
            one = body.lstrip().startswith(b"{")
            faults = [FAULT_JSON.validate_json(body)] if one else FAULTS_JSON.validate_json(body)
            simulator.faults.add(faults)
            return json_reply({"faults": len(faults)})
        case "DELETE", ["faults"]:
            simulator.faults.clear()
            return json_reply({"faults": 0})
        case "PUT", ["clock"]:
            return _set_clock(simulator, json.loads(body))
        case _:
            raise NotFoundError


def _summary(simulator: "Simulator", *, full: bool) -> dict[str, object]:
    world = simulator.world
    summary: dict[str, object] = {
        "now": iso(simulator.clock.now()),
        "orders": len(world.orders),
        "accepted_total": sum(accepted.count for accepted in world.accepted.values()),
        "accepted_orders": len(world.accepted),
        "calls": simulator.calls,
        "throttled": +simulator.throttled,
        "refused": {_REFUSALS[words]: count for words, count in world.refused.items()},
        "invoices_total": len(world.invoices.accepted),
        "invoices_repeated": world.invoices.repeats,
        "invoices_rejected": world.invoices.rejected,
    }
    if full:
        summary["accepted"] = {
            order_id: {"count": accepted.count, "at": iso(accepted.at)} for order_id, accepted in world.accepted.items()
        }
        summary["invoices"] = list(world.invoices.as_json())
        summary["struck"] = [
            {"account": account, "operation": operation, "kind": kind, "times": times}
            for (account, operation, kind), times in simulator.faults.struck.items()
        ]
    return summary


def _set_clock(simulator: "Simulator", wish: dict[str, object]) -> Reply:
    if "now" in wish:
        simulator.clock.set(parse_time(str(wish["now"]), "now"))
    else:
        simulator.clock.set(simulator.clock.now() + timedelta(seconds=float(str(wish["advance_seconds"]))))
    return json_reply({"now": iso(simulator.clock.now())})
