"""Who bought, and who is sent the goods (model: Orders 2026-01-01). Without the restricted roles Amazon leaves it out.

Roles: Tax Invoicing for the buyer, Direct-to-Consumer Shipping for the address (SP-API docs, "Get orders with filtering
criteria"; selling-partner-api-models issue 5306).
"""

from typing import Any

from marketplace.amazon.nodes import at, objects, text
from rules.sale import Party

VAT_NUMBERS = ("VAT", "BUSINESS")  # the others are Brazil's and India's


def buyer_of(order: Any) -> Party | None:
    """Who pays, at the address of the tax registration; without one, at that of the delivery. None: nothing is told."""
    registration = _registration(order)
    billed_to = at(registration, "taxRegistrationAddress")
    address = billed_to if isinstance(billed_to, dict) else at(order, "recipient", "deliveryAddress")
    number = text(registration, "taxRegistrationNumber")
    company = (
        text(registration, "legalName") or text(order, "buyer", "buyerCompanyName") or text(billed_to, "companyName")
    )
    name = text(order, "buyer", "buyerName") or text(address, "name") or company
    if name is None and not isinstance(address, dict):
        return None
    return party(name, company or text(address, "companyName"), address, number)


def recipient_of(order: Any) -> Party | None:
    address = at(order, "recipient", "deliveryAddress")
    return party(text(address, "name"), text(address, "companyName"), address) if isinstance(address, dict) else None


def party(name: str | None, company: str | None, address: Any, vat_number: str | None = None) -> Party:
    lines = (text(address, f"addressLine{number}") for number in (1, 2, 3))
    return Party(
        name=name or company or "",
        company=company,
        lines=tuple(line for line in lines if line),
        postal_code=text(address, "postalCode"),
        city=text(address, "city"),
        region=text(address, "stateOrRegion"),
        country=text(address, "countryCode"),
        vat_number=vat_number,
    )


def _registration(order: Any) -> dict[str, Any] | None:
    for each in objects(order, "tax", "taxRegistrations"):
        if each.get("entityType") == "BUYER" and each.get("taxRegistrationType") in VAT_NUMBERS:
            return each
    return None
