"""Amazon's marketplaces: code, id, region, time zone, domain (SP-API docs, "Marketplace IDs")."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Region = Literal["na", "eu", "fe"]


@dataclass(frozen=True, slots=True)
class MarketplaceInfo:
    """`timezone` is the zone of the marketplace's business day; `domain` is the sales channel in order reports."""

    code: str
    marketplace_id: str
    region: Region
    timezone: str
    domain: str

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return "GB" if self.code == "UK" else self.code

    @property
    def seller_central(self) -> str:
        """The address of the seller's own pages (SP-API docs, "Seller Central URLs")."""
        together = self.code in ("UK", "FR", "DE", "IT", "ES")
        return "https://sellercentral" + ("-europe.amazon.com" if together else f".{self.domain.lower()}")


_ALL = (
    MarketplaceInfo("US", "ATVPDKIKX0DER", "na", "America/Los_Angeles", "Amazon.com"),
    MarketplaceInfo("CA", "A2EUQ1WTGCTBG2", "na", "America/Toronto", "Amazon.ca"),
    MarketplaceInfo("MX", "A1AM78C64UM0Y8", "na", "America/Mexico_City", "Amazon.com.mx"),
    MarketplaceInfo("BR", "A2Q3Y263D00KWC", "na", "America/Sao_Paulo", "Amazon.com.br"),
    MarketplaceInfo("IE", "A28R8C7NBKEWEA", "eu", "Europe/Dublin", "Amazon.ie"),
    MarketplaceInfo("ES", "A1RKKUPIHCS9HS", "eu", "Europe/Madrid", "Amazon.es"),
    MarketplaceInfo("UK", "A1F83G8C2ARO7P", "eu", "Europe/London", "Amazon.co.uk"),
    MarketplaceInfo("FR", "A13V1IB3VIYZZH", "eu", "Europe/Paris", "Amazon.fr"),
    MarketplaceInfo("BE", "AMEN7PMS3EDWL", "eu", "Europe/Brussels", "Amazon.com.be"),
    MarketplaceInfo("NL", "A1805IZSGTT6HS", "eu", "Europe/Amsterdam", "Amazon.nl"),
    MarketplaceInfo("DE", "A1PA6795UKMFR9", "eu", "Europe/Berlin", "Amazon.de"),
    MarketplaceInfo("IT", "APJ6JRA9NG5V4", "eu", "Europe/Rome", "Amazon.it"),
    MarketplaceInfo("SE", "A2NODRKZP88ZB9", "eu", "Europe/Stockholm", "Amazon.se"),
    MarketplaceInfo("ZA", "AE08WJ6YKNBMC", "eu", "Africa/Johannesburg", "Amazon.co.za"),
    MarketplaceInfo("PL", "A1C3SOZRARQ6R3", "eu", "Europe/Warsaw", "Amazon.pl"),
    MarketplaceInfo("EG", "ARBP9OOSHTCHU", "eu", "Africa/Cairo", "Amazon.eg"),
    MarketplaceInfo("TR", "A33AVAJ2PDY3EV", "eu", "Europe/Istanbul", "Amazon.com.tr"),
    MarketplaceInfo("SA", "A17E79C6D8DWNP", "eu", "Asia/Riyadh", "Amazon.sa"),
    MarketplaceInfo("AE", "A2VIGQ35RCS4UG", "eu", "Asia/Dubai", "Amazon.ae"),
    MarketplaceInfo("IN", "A21TJRUUN4KGV", "eu", "Asia/Kolkata", "Amazon.in"),
    MarketplaceInfo("SG", "A19VAU5U5O7RUS", "fe", "Asia/Singapore", "Amazon.sg"),
    MarketplaceInfo("AU", "A39IBJ37TRP1C6", "fe", "Australia/Sydney", "Amazon.com.au"),
    MarketplaceInfo("JP", "A1VC38T7YXB528", "fe", "Asia/Tokyo", "Amazon.co.jp"),
)

MARKETPLACES = {m.code: m for m in _ALL}
MARKETPLACES_BY_ID = {m.marketplace_id: m for m in _ALL}
MARKETPLACES_BY_DOMAIN = {m.domain.lower(): m for m in _ALL}

zone = cache(ZoneInfo)
"""A time zone by its name. ZoneInfo's own cache keeps eight of them only, and a new one reads a file."""


def marketplace_of(marketplace_id: str | None) -> MarketplaceInfo | None:
    """The marketplace with Amazon's id; None: there is none, or it is not known."""
    return MARKETPLACES_BY_ID.get(marketplace_id or "")


@lru_cache(maxsize=100)
def zone_of(marketplace_id: str | None) -> ZoneInfo:
    """The zone of the marketplace's business day; UTC when it is not known: nothing is sent there."""
    marketplace = marketplace_of(marketplace_id)
    return zone(marketplace.timezone if marketplace else "UTC")
