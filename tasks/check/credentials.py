"""What to do when Amazon refuses a seller's credentials: which of the three it is, as far as Amazon's words tell."""

import re

from rules.readable import said
from settings.environment import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, environment_prefix

ABOUT = re.compile(r"token exchange: 4(?!29)|client secret")
"""In the words of an error: the account is denied, not the source; that Amazon was away is neither."""
ENDED = re.compile(r"client secret has expired")


def remedy(seller: str, detail: str) -> str:
    """`detail` is of the answer NotAuthorised (marketplace.amazon.tokens, marketplace.amazon.answers)."""
    identity, secret, token = (
        f"{environment_prefix(seller)}_{each.name}" for each in (CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
    )
    if ENDED.search(detail):
        return said(
            "make a new client secret where the app is (Develop Apps), and put it into {secret} in .env; it is taken "
            "up within a minute",
            secret=secret,
        )
    if "invalid_grant" in detail:
        return said(
            "{token} is wrong, or the seller has withdrawn the authorisation: authorise the app again in Seller "
            "Central (Manage Your Apps), and put the new refresh token in .env; it is taken up within a minute",
            token=token,
        )
    if ABOUT.search(detail):
        return said(
            "{identity} or {secret} is wrong, or the secret has ended, as each does after 180 days; the refresh token "
            "is not the cause. Put the app's own two (Develop Apps) in .env; it is taken up within a minute",
            identity=identity,
            secret=secret,
        )
    return said("authorise the app again in Seller Central (Manage Your Apps), with all roles of the README")
