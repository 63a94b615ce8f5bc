"""Sellers API v1: getMarketplaceParticipations. Every account takes part in every marketplace."""

from marketplace.simulator.messages import Call
from marketplace.simulator.replies import Reply, json_reply
from settings.marketplaces import MARKETPLACES

_MONEY = dict.fromkeys(("IE", "ES", "FR", "BE", "NL", "DE", "IT"), "EUR") | {
    "US": "USD", "CA": "CAD", "MX": "MXN", "BR": "BRL", "UK": "GBP", "SE": "SEK", "ZA": "ZAR", "PL": "PLN",
    "EG": "EGP", "TR": "TRY", "SA": "SAR", "AE": "AED", "IN": "INR", "SG": "SGD", "AU": "AUD", "JP": "JPY",
}  # fmt: skip


def participations(_call: Call) -> Reply:
    return json_reply(
        {
            "payload": [
                {
                    "marketplace": {
                        "id": known.marketplace_id,
                        "name": known.domain,
                        "countryCode": known.country,
                        "defaultCurrencyCode": _MONEY[known.code],
                        "defaultLanguageCode": "en_GB",
                        "domainName": f"www.{known.domain.lower()}",
                    },
                    "storeName": "A store",
                    "participation": {"isParticipating": True, "hasSuspendedListings": False},
                }
                for known in MARKETPLACES.values()
            ]
        }
    )
