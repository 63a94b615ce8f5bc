"""Documents are listed with their sum, and one is sent again by whom it may be, with a reason."""

from tests.web.opened import Visitor, sums


def test_the_documents_add_up_and_open_by_state(owner: Visitor) -> None:
    found = sums(owner.html("/invoices"))
    assert found["seen"] == sum(number for name, number in found.items() if name != "seen") > 0
    sent = owner.json("/invoices.json?state=sent")
    assert (sent["total"], {each["state"] for each in sent["entries"]}) == (found["sent"], {"sent"})
    assert all(each["number"] and each["total"] for each in sent["entries"])


def test_a_document_is_sent_again_with_a_reason_alone(owner: Visitor) -> None:
    document = owner.json("/invoices.json?state=sent")["entries"][0]
    form = {name: document[name] for name in ("seller", "action", "part")} | {"order": document["order_id"]}
    refused = owner.does("/invoices", "resend", **form)
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert owner.does("/invoices", "resend", **form, why="the buyer lost it").status_code == 303
    (again,) = owner.json(f"/invoices.json?q={document['order_id']}")["entries"]
    assert (again["state"], again["number"]) == ("due", document["number"])
    assert owner.json("/audit.json")["acts"][0]["act"] == "invoice_resend"


def test_credit_notes_are_listed_by_themselves(owner: Visitor) -> None:
    assert {each["action"] for each in owner.json("/invoices.json?action=credit_note")["entries"]} == {"credit_note"}
