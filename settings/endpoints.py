"""Where Amazon is (SP-API docs, "SP-API endpoints", "Connecting to the SP-API"). The environment may say otherwise."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from settings.marketplaces import Region

SP_API_ENDPOINTS: Final[Mapping[Region, str]] = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}

# Login with Amazon: one for all regions. Its path is /auth/o2/token.
LWA_ENDPOINT: Final = "https://api.amazon.com"


ECB_ENDPOINT: Final = "https://www.ecb.europa.eu"
"""Where the European Central Bank publishes its reference rates."""


def is_amazon(sp_api: str | None, lwa: str | None) -> bool:
    """Whether both are Amazon's own; None: not set."""
    return (sp_api or SP_API_ENDPOINTS["eu"]).rstrip("/") in SP_API_ENDPOINTS.values() and (lwa or LWA_ENDPOINT).rstrip(
        "/"
    ) == LWA_ENDPOINT


def odd_password(url: str) -> str:
    """What a password has that ends it in a URL: part of it would be taken for the host, and shown. Empty: nothing."""
    rest = url.partition("://")[2]
    before_query = rest.partition("?")[0]
    password = before_query.rpartition("@")[0] if "@" in before_query else rest.partition("@")[0] if "@" in rest else ""
    found = [each for each in "@/#?" if each in password.partition(":")[2]]
    return f"has {' and '.join(found)} in it" if found and not url.startswith("sqlite") else ""


def is_safe(url: str) -> bool:
    """Whether secrets may go there: encrypted, or to this machine only."""
    try:
        address = urlsplit(url)
        host = address.hostname or ""
        return address.scheme == "https" or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
