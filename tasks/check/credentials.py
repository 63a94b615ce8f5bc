"""What to do when Amazon refuses a seller's credentials: which of the three it is, as far as Amazon's words tell."""

import re

from settings.environment import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, environment_prefix

ABOUT = re.compile(r"token exchange: 4(?!29)|client secret")
"""In the words of an error: the account is denied, not the source; that Amazon was away is neither."""
ENDED = re.compile(r"client secret has expired")
TAKEN_UP = "in .env; it is taken up within a minute"


def remedy(seller: str, detail: str) -> str:
    """`detail` is of the answer NotAuthorised (marketplace.amazon.tokens, marketplace.amazon.answers)."""
    identity, secret, token = (
        f"{environment_prefix(seller)}_{each.name}" for each in (CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
    )
    if ENDED.search(detail):
        return f"make a new client secret where the app is (Develop Apps), and put it into {secret} {TAKEN_UP}"
    if "invalid_grant" in detail:
        return (
            f"{token} is wrong, or the seller has withdrawn the authorisation: authorise the app again in Seller "
            f"Central (Manage Your Apps), and put the new refresh token {TAKEN_UP}"
        )
    if ABOUT.search(detail):
        return (
            f"{identity} or {secret} is wrong, or the secret has ended, as each does after 180 days; the refresh token "
            f"is not the cause. Put the app's own two (Develop Apps) {TAKEN_UP}"
        )
    return "authorise the app again in Seller Central (Manage Your Apps), with all roles of the README"
