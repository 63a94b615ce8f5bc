"""Small businesses that charge no VAT: what the law of their country wants to be said, and under which category.

E: exempt, O: outside the scope (EN 16931, BT-151). As of November 2026; each sentence stands in the law's own language.

Checked: Germany, whose law wants the exemption to be named, in any plain words (§ 34a UStDV, since 2025:
https://hasenbachmomberger.de/neues-fuer-rechnungen-von-kleinunternehmern/); that Spain refused a scheme for sales at
home (December 2025: https://zythos.es/it/2025/12/il-muro-del-fisco-la-spagna-conferma-il-blocco-dellesenzione-iva-per-gli-autonomi-nonostante-lultimatum-di-bruxelles).
The other sentences are those of the laws named beside them, and were not compared with their present text.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from settings.invoices import Invoices


class Small(NamedTuple):
    sentence: str
    category: str
    source: str


SMALL = {
    "AT": Small("Umsatzsteuerfrei aufgrund der Kleinunternehmerregelung", "E", "§ 6 Abs. 1 Z 27, § 11 UStG 1994"),
    "BE": Small(
        "Petite entreprise soumise au régime de la franchise de taxe – TVA non applicable / "
        "Bijzondere vrijstellingsregeling kleine ondernemingen – btw niet toepasselijk",
        "E",
        "Code de la TVA, art. 56bis; AR n° 19",
    ),
    "DE": Small("Steuerfreier Umsatz nach § 19 UStG (Kleinunternehmer)", "E", "§ 19 Abs. 1 UStG, § 34a UStDV"),
    "FR": Small("TVA non applicable, art. 293 B du CGI", "E", "CGI, art. 293 B and 293 E"),
    "GB": Small("Not registered for VAT: no VAT is charged", "O", "VAT Act 1994, schedule 1"),
    "IE": Small("Not registered for VAT: no VAT is charged", "O", "VAT Consolidation Act 2010, section 6"),
    "IT": Small(
        "Operazione effettuata ai sensi dell’art. 1, commi da 54 a 89, della legge n. 190/2014 (regime forfettario)",
        "O",
        "L. 190/2014, art. 1; DPR 633/1972, art. 21, c. 6-bis",
    ),
    "LU": Small("TVA non applicable, régime de franchise (art. 57 de la loi TVA)", "E", "Loi TVA, art. 57"),
    "NL": Small(
        "Vrijgesteld van btw op grond van de kleineondernemersregeling (artikel 25 Wet OB 1968)",
        "E",
        "Wet OB 1968, art. 25",
    ),
    "PL": Small("Zwolnienie z VAT na podstawie art. 113 ust. 1 ustawy o VAT", "E", "Ustawa o VAT, art. 113, 106e"),
    "PT": Small("IVA – regime de isenção (artigo 53.º do CIVA)", "E", "CIVA, art. 53, 57"),
    "SE": Small(
        "Undantag från skatteplikt för beskattningsbara personer med liten omsättning", "E", "ML 2023:200, 18 kap."
    ),
}
"""By the seller's country. Spain has no such scheme."""


def no_vat(invoices: "Invoices") -> Small | None:
    """What a seller who charges no VAT says of it; None: the seller charges VAT."""
    seller = invoices.seller
    of_country = SMALL.get(seller.country) if seller and not seller.vat_numbers else None
    if invoices.exemption:
        return Small(invoices.exemption, of_country.category if of_country else "E", "the settings")
    charges = invoices.vat_rates or invoices.sku_vat_rates or invoices.vat_calculation_service
    return None if charges else of_country
