"""Where Amazon is (SP-API docs, "SP-API endpoints", "Connecting to the SP-API"). The environment may say otherwise."""

from collections.abc import Mapping
from typing import Final

from settings.marketplaces import Region

SP_API_ENDPOINTS: Final[Mapping[Region, str]] = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}

# Login with Amazon: one for all regions. Its path is /auth/o2/token.
LWA_ENDPOINT: Final = "https://api.amazon.com"
