"""What the law of one country wants on an invoice beside what every invoice has, and what its own numbers are called.

Particulars that only the seller knows, such as a register's number, stand in `footer`: `REGISTERS` says how they are
recognised there. As of November 2026.

Checked: France, register, seat, legal form and capital (articles R123-237 and R123-238:
https://www.entreprises.cci-paris-idf.fr/web/reglementation/contrats-modeles/documents-commerciaux). The others have the
law's name beside them, and were not compared with its present text.
"""

import re
from typing import NamedTuple

from rules.sale import Party

TAX_NUMBERS = {
    "AT": "Steuernummer",
    "BE": "N° d’entreprise / Ondernemingsnr.",
    "CA": "GST/HST no.",
    "DE": "Steuernummer",
    "ES": "NIF",
    "FR": "SIRET",
    "GB": "UTR",
    "IE": "Tax reference number",
    "IT": "Codice fiscale",
    "LU": "Matricule",
    "MX": "RFC",
    "NL": "KvK-nummer",
    "PL": "NIP",
    "PT": "NIF",
    "SE": "Org.nr",
}
"""What a seller's tax number is called, by the seller's country."""
_TAX_NUMBER = "Tax number"

ITALIAN_COPY = "Copia di cortesia, non valida ai fini fiscali"
"""An Italian seller's invoice is what went through the Sistema di Interscambio alone (D.Lgs. 127/2015, art. 1)."""
FRENCH_TERMS = (
    "Nature de l’opération : livraison de biens.",  # CGI, annexe II, article 242 nonies A, I, 7° bis
    "Payée via Amazon. Pas d’escompte pour paiement anticipé. En cas de retard de paiement : pénalités au taux de "
    "trois fois l’intérêt légal, et indemnité forfaitaire pour frais de recouvrement de 40 € "
    "(Code de commerce, art. L441-10).",
)
"""Between businesses, of a French seller: also Code de commerce, article L441-9."""
SALES_TAX = {"CA": {"fr": "TPS/TVH/TVP/TVQ", "": "GST/HST/PST/QST"}, "MX": {"": "IVA"}}
"""What the tax on sales is called, by marketplace and language, where it is not just that. Amazon does not split it."""
RECEIPTS = ("CA", "MX")
"""Marketplaces whose document is a receipt: in Mexico a *factura* is a CFDI stamped by a PAC (CFF, art. 29)."""
PIECES = {"pl": "szt."}
"""The unit of measure, in the languages of countries that want it (ustawa o VAT, art. 106e ust. 1 pkt 8)."""
SIGNED = ("de", "es", "pl")
"""Languages in which a correction may also add: its amounts have their sign, and the reason is said (RD 1619/2012,
art. 15; ustawa o VAT, art. 106j; § 14c UStG)."""


class Register(NamedTuple):
    """A particular of a registered business that `footer` should have: how it is recognised there, and its source."""

    what: str
    pattern: str
    source: str


REGISTERS = {
    "BE": (Register("RPM/RPR and the court's town", r"\bRP[MR]\b", "CSA, art. 2:20"),),
    "DE": (
        Register(
            "register court and number (HRA, HRB), and managing directors", r"\bHR[AB]\b", "§ 35a GmbHG, § 125a HGB"
        ),
    ),
    "ES": (Register("Registro Mercantil", r"Registro Mercantil|\bR\.?M\.?\b", "Código de Comercio, art. 24"),),
    "FR": (
        Register("RCS or RM and the town", r"\b(RCS|RM|RNE)\b", "Code de commerce, art. R123-237"),
        Register("legal form and capital, or EI", r"capital|\bEI\b|[Ee]ntrepreneur", "Code de commerce, art. R123-238"),
    ),
    "GB": (Register("company number and registered office", r"(?i)compan(y|ies)", "SI 2015/17, reg. 25"),),
    "IE": (Register("company number and registered office", r"(?i)compan(y|ies)|CRO", "Companies Act 2014, s. 151"),),
    "IT": (Register("REA, register office and capital", r"\bREA\b", "Codice civile, art. 2250"),),
    "NL": (Register("KvK number", r"(?i)\bKvK\b", "Handelsregisterbesluit 2008, art. 25"),),
    "PL": (Register("KRS number, court and capital", r"\bKRS\b", "Kodeks spółek handlowych, art. 206"),),
    "SE": (
        Register("Godkänd för F-skatt", r"(?i)F-skatt", "Skatteförfarandelagen, 9 kap."),
        Register("org.nr and säte", r"(?i)org\.?\s?n|säte", "Aktiebolagslagen, 28 kap. 5 §"),
    ),
}
"""By the seller's country. A sole trader may have none of them."""


def missing(country: str, footer: tuple[str, ...]) -> tuple[Register, ...]:
    """What is not found in a seller's footer."""
    said = "\n".join(footer)
    return tuple(each for each in REGISTERS.get(country, ()) if not re.search(each.pattern, said))


def tax_number_name(country: str | None) -> str:
    return TAX_NUMBERS.get(country or "", _TAX_NUMBER)


def siren_of(buyer: Party) -> str | None:
    """Of a French business: the last nine digits of its VAT number (CGI, annexe II, article 242 nonies A, I, 4°)."""
    found = re.fullmatch(r"FR[0-9A-Z]{2}(\d{9})", re.sub(r"\W", "", buyer.vat_number or ""))
    return found[1] if found and buyer.country == "FR" else None
