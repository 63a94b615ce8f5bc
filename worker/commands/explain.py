"""askonce explain"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any, NoReturn

import click

from rules.order_id import end_in
from rules.reason import Reason
from settings.marketplaces import marketplace_of
from worker.clock import SystemClock
from worker.commands.options import Text, demo_option, examples, json_option, seller_option
from worker.commands.order_ids import only_seller, order_meant
from worker.commands.output import kind, local, paragraph, print_attempts, print_json, print_table, say
from worker.commands.session import app_of, ledger_of, sellers_named, settings_of, stop_file_of

if TYPE_CHECKING:
    from ledger.database import Ledger
    from settings.schema import Seller
    from tasks.explain import Explanation
    from tasks.order_ids import Unseen
    from tasks.unseen import NeverSeen

SHOWN_SELLERS = 3

SHOWN = {
    "purchased_at": "ordered",
    "marketplace_id": "marketplace",
    "items": "items",
    "value": "value",
    "status": "status",
    "fulfilled_by": "shipped by",
    "packages": "packages",
    "deliver_by": "promised for",
    "fba_arrival": "expected",
    "refunds": "refunds",
    "returned_by": "returned, says",
    "replaces": "replaces",
    "replaced_by": "replaced by",
}
"""The facts that a seller asks for, and their names."""


@click.command(
    epilog=examples(
        "explain 406-1234567-1234567",
        "explain 1234567",
        "explain 406-1234567-1234567 --all --json",
        "explain 406-1234567-1234567 --fetch",
    )
)
@click.argument("order_id", type=Text())
@click.option("--all", "everything", is_flag=True, help="Also each rule, fact and source, with its age.")
@click.option("--fetch", is_flag=True, help="If it was never seen: ask Amazon for it once, and decide it.")
@seller_option
@demo_option
@json_option
def command(order_id: str, everything: bool, fetch: bool, seller: str | None, as_json: bool) -> None:
    """When one order is asked, or why not, what that rests on, and until when; then what decided, and the facts.

    Of an order that was never seen it says why that is.
    """
    from tasks.explain import explain
    from tasks.order_ids import NoSuchOrder, Unseen
    from tasks.stops import said

    late: NeverSeen | None = None
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        try:
            mine, order_id = order_meant(ledger, sellers, order_id)
        except NoSuchOrder as complaint:
            if as_json:
                print_json(_unseen(order_id, str(complaint), None, _no_order_id(order_id, str(complaint))))
            raise
        except Unseen as unseen:
            order_id = unseen.order_id
            if fetch:
                mine = only_seller(sellers, "order it is")
                late = _fetched(mine.name, order_id)
            if late is None or late.why == "not_this_sellers":
                _tell_unseen(ledger, sellers, unseen, late, as_json=as_json)
        found = explain(ledger, mine, order_id, SystemClock().now(), stop_file_of(settings))
    if found is None:
        raise click.ClickException(f"only documents of {order_id} are kept. Type: askonce invoice show {order_id}")
    if as_json:
        print_json(asdict(found) | {"never_seen": [asdict(late)] if late else []})
        return
    if late:
        paragraph(f"Fetched now, since it was never seen: {late.words}.")
    _print_answer(found)
    for stop in found.stops:
        paragraph(f"At present: {said(stop, mine.zone)}.")
    click.echo()
    if everything:
        _print_all(found, mine)
    else:
        _print_facts(found)
    _print_documents(found)
    print_attempts(found.attempts, mine)
    if not everything:
        click.echo()
        say(f"All rules, facts and sources: askonce explain {found.order_id} --all")


def _fetched(seller: str, order_id: str) -> "NeverSeen":
    from tasks.unseen import fetch

    with app_of(settings_of(), quiet=True) as app:
        return fetch(app, seller, order_id)


def _tell_unseen(
    ledger: "Ledger", sellers: "Mapping[str, Seller]", unseen: "Unseen", asked: "NeverSeen | None", *, as_json: bool
) -> NoReturn:
    """Why it was never seen, by seller, and what to type."""
    from tasks.unseen import why_unseen

    told = [asked] if asked else [why_unseen(ledger, seller, unseen.order_id) for seller in sellers.values()]
    near = f". Did you mean {unseen.near}?" if unseen.near else ""
    if as_json:
        print_json(_unseen(unseen.order_id, f"it was not seen{near}", unseen.near, told))
        raise SystemExit(1)
    lines = [f"{unseen.order_id} was not seen{near}"]
    lines += [f"{each.seller}: {each.words}" for each in told[:SHOWN_SELLERS]]
    if len(told) > SHOWN_SELLERS:
        lines.append(f"and {len(told) - SHOWN_SELLERS} more sellers; all of them: --json")
    if asked is None:
        whose = f" --seller {told[0].seller if len(told) == 1 else 'NAME'}"
        lines.append(f"To ask Amazon for it, type: askonce explain {unseen.order_id} --fetch{whose}")
    raise click.ClickException("\n".join(lines))


def _no_order_id(typed: str, words: str) -> "list[NeverSeen]":
    from tasks.unseen import NeverSeen, Why

    return [] if end_in(typed) else [NeverSeen(None, Why.NOT_AN_ORDER_ID, words, None, None)]


def _unseen(order_id: str, meaning: str, near: str | None, told: "Sequence[NeverSeen]") -> dict[str, Any]:
    nothing = {"seller": None, "state": None, "reason": Reason.NOT_SEEN}
    return {"order_id": order_id, **nothing, "meaning": meaning, "near": near, "never_seen": [asdict(e) for e in told]}


def _print_answer(found: "Explanation") -> None:
    say(f"{found.order_id} of {found.seller}: {found.state} ({found.reason})")
    answer = found.answer
    for sentence in filter(None, (answer.when, answer.rests_on, answer.window, answer.link)):
        paragraph(sentence)


def _print_facts(found: "Explanation") -> None:
    decided = next((rule for rule in found.rules if rule.verdict != "pass"), None)
    rows = [("decided by", f"{decided.rule}: {decided.input}")] if decided else []
    if rule_set := found.rule_set:
        rows.append(("rule set", f"{rule_set.name} ({rule_set.why})"))
    print_table(("fact", "value"), [*rows, *_facts(found)])


def _facts(found: "Explanation") -> Iterator[tuple[str, str]]:
    known = {fact.name: fact.text for fact in found.facts if fact.text}
    if place := marketplace_of(known.get("marketplace_id")):
        known["marketplace_id"] = place.code
    yield from ((name, known[fact]) for fact, name in SHOWN.items() if fact in known)


def _print_all(found: "Explanation", seller: "Seller") -> None:
    known = [(fact.name, fact.text, fact.source) for fact in found.facts if fact.text]
    print_table(("fact", "value", "source"), known)
    print_table(
        ("source", "as of", "verdict", "last error"),
        [(each.source, local(each.as_of, seller), each.verdict, each.error) for each in found.sources],
    )
    print_table(("rule", "input", "verdict"), map(astuple, found.rules))
    if found.documents:
        print_table(("rule for invoices", "input", "verdict"), map(astuple, found.invoice_rules))


def _print_documents(found: "Explanation") -> None:
    if found.documents:
        click.echo()
    print_table(
        ("document", "number", "state", "reason", "which means", "next"),
        [
            (kind(each.action), each.number, each.state, each.reason, each.meaning, each.next)
            for each in found.documents
        ],
    )
