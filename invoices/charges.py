"""Labels of charges that are no items: shipping, gift wrap, refunds."""

from invoices.document import Line
from rules.sale import Charge

_CHARGES = {
    "de": {
        Charge.SHIPPING: "Versand",
        Charge.GIFT_WRAP: "Geschenkverpackung",
        Charge.OTHER: "Sonstige Gebühren",
    },
    "en": {
        Charge.SHIPPING: "Shipping",
        Charge.GIFT_WRAP: "Gift wrap",
        Charge.OTHER: "Other charges",
    },
    "es": {
        Charge.SHIPPING: "Gastos de envío",
        Charge.GIFT_WRAP: "Envoltorio para regalo",
        Charge.OTHER: "Otros cargos",
    },
    "fr": {
        Charge.SHIPPING: "Frais de livraison",
        Charge.GIFT_WRAP: "Emballage cadeau",
        Charge.OTHER: "Autres frais",
    },
    "it": {
        Charge.SHIPPING: "Spese di spedizione",
        Charge.GIFT_WRAP: "Confezione regalo",
        Charge.OTHER: "Altre spese",
    },
    "nl": {
        Charge.SHIPPING: "Verzendkosten",
        Charge.GIFT_WRAP: "Cadeauverpakking",
        Charge.OTHER: "Overige kosten",
    },
    "pl": {
        Charge.SHIPPING: "Koszt dostawy",
        Charge.GIFT_WRAP: "Pakowanie na prezent",
        Charge.OTHER: "Inne opłaty",
    },
    "sv": {
        Charge.SHIPPING: "Frakt",
        Charge.GIFT_WRAP: "Presentinslagning",
        Charge.OTHER: "Övriga avgifter",
    },
}
_REFUNDS = {
    "de": "Erstattung zu Rechnung {number}",
    "en": "Refund for invoice {number}",
    "es": "Reembolso de la factura {number}",
    "fr": "Remboursement de la facture {number}",
    "it": "Rimborso della fattura {number}",
    "nl": "Terugbetaling van factuur {number}",
    "pl": "Zwrot do faktury {number}",
    "sv": "Återbetalning av faktura {number}",
}


def say_charge(charge: Charge, language: str) -> str:
    """For any charge but ITEM, in one of invoices.words.LANGUAGES."""
    return _CHARGES[language][charge]


def charge_said(line: Line, language: str) -> Charge:
    """What a line is for. An older invoice's does not say it but in words."""
    if line.charge or line.sku:
        return line.charge or Charge.ITEM
    return next((charge for charge, said in _CHARGES[language].items() if said == line.description), Charge.ITEM)


def say_refund(number: str, language: str) -> str:
    """The one line of a partial credit note."""
    return _REFUNDS[language].format(number=number)
