"""Labels of charges that are no items: shipping, gift wrap, refunds."""

from invoices.document import Line
from invoices.words import words
from rules.sale import Charge


def say_charge(charge: Charge, language: str) -> str:
    """For any charge but ITEM, in one of invoices.words.LANGUAGES."""
    return words(language).charges[charge]


def charge_said(line: Line, language: str) -> Charge:
    """What a line is for. An older invoice's does not say it but in words."""
    if line.charge or line.sku:
        return line.charge or Charge.ITEM
    labels = words(language).charges.items()
    return next((Charge(charge) for charge, said in labels if said == line.description), Charge.ITEM)


def say_refund(number: str, language: str) -> str:
    """The one line of a partial credit note."""
    return words(language).refund_of.format(number=number)
