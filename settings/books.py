"""The seller's bookkeeping: the accounts and numbers that DATEV and a FEC need."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt

from settings.checks import wrong
from settings.values import Frozen, Text

_KEY = re.compile(r"[A-Z]{2}( \d{1,2}(\.\d{1,2})?)?|Z|E|AE|K|G|O|\*")


def _accounts(accounts: Mapping[str, str]) -> Mapping[str, str]:
    for key, account in accounts.items():
        if not _KEY.fullmatch(key):
            raise wrong('has keys like "DE 19", "DE", "K" or "*"', '{ "DE 19" = "8400", "*" = "8320" }')
        _account(account)
    return accounts


def _account(number: str) -> str:
    if not re.fullmatch(r"[0-9A-Z]{3,10}", number):
        raise wrong("is no account: 3 to 10 digits or capitals", '"8400"')
    return number


def _siren(number: str) -> str:
    if not re.fullmatch(r"\d{9}", number):
        raise wrong("must have nine digits", '"552100554"')
    return number


Account = Annotated[Text, AfterValidator(_account)]
Accounts = Annotated[dict[str, Text], AfterValidator(_accounts)]


class Books(Frozen):
    """Where sales are booked. Keys of accounts are tried in this order: country and rate, category, country, `*`."""

    customers: Account | None = Field(
        default=None,
        description="The account of Amazon's customers. Not set: 10000 for DATEV, 411000 for a FEC.",
        examples=["10000"],
    )
    revenue: Accounts = Field(
        default={},
        description=(
            'The accounts of sales, by country of delivery and rate ("DE 19"), VAT category (K, G, AE, E, Z, O), '
            'country, or "*" for all others. DATEV needs them; a FEC has 707000 for what is not named.'
        ),
        examples=[{"DE 19": "8400", "DE 7": "8300", "K": "8125", "G": "8120", "*": "8320"}],
    )
    vat: Accounts = Field(
        default={},
        description="The accounts of VAT in a FEC, by the same keys; 445710 for what is not named.",
        examples=[{"FR": "445710", "*": "445711"}],
    )
    datev_consultant: Annotated[StrictInt, Field(ge=1, le=9_999_999)] | None = Field(
        default=None, description="DATEV's number of your adviser (Beraternummer).", examples=[29098]
    )
    datev_client: Annotated[StrictInt, Field(ge=1, le=99_999)] | None = Field(
        default=None, description="The number that your adviser gave you (Mandantennummer).", examples=[55003]
    )
    siren: Annotated[Text, AfterValidator(_siren)] | None = Field(
        default=None, description="Your SIREN, which names the file of a FEC.", examples=["552100554"]
    )


def account_of(accounts: Mapping[str, str], country: str | None, rate: str, category: str | None) -> str | None:
    """The account for a sale; None: none of the keys fits."""
    kind = category if category and category != "S" else ""
    keys = (f"{country} {rate}", kind, country or "", "*")
    return next((accounts[key] for key in keys if key in accounts), None)
