"""Login with Amazon: refresh tokens against access tokens.

The account is named by the refresh token: `Atzr|maison-durand`, or `maison-durand`, is the account maison-durand. Any
client id and secret will do. The refresh token `revoked` and the client secret `wrong` are refused as Amazon does.
An access token carries its account and its end, so that it outlives the simulator's process.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from marketplace.simulator.replies import Reply, json_reply

EXPIRES_IN = 3600


def token(body: bytes, now: datetime, lifetime: timedelta) -> Reply:
    form = _form(body)
    refresh_token, account = form.get("refresh_token", ""), account_named(body)
    if form.get("grant_type") != "refresh_token":
        return lwa_error(400, "unsupported_grant_type", "The authorization grant type is not supported")
    if not (account and form.get("client_id") and form.get("client_secret")):
        return lwa_error(400, "invalid_request", "The request is missing a required parameter")
    if form["client_secret"] == "wrong":  # noqa: S105 - the documented stand-in, no secret
        return lwa_error(401, "invalid_client", "Client authentication failed")
    if account == "revoked":
        return lwa_error(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
    end = int((now + lifetime).timestamp())
    access_token = f"Atza|{account}|{end}"
    return json_reply(
        {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": EXPIRES_IN,
            "refresh_token": refresh_token,
        }
    )


def account_named(body: bytes) -> str:
    """The account whose refresh token is to be exchanged; empty: none."""
    return _form(body).get("refresh_token", "").removeprefix("Atzr|")


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(errors="replace")))


def lwa_error(status: int, code: str, description: str) -> Reply:
    return json_reply({"error": code, "error_description": description}, status)


def account_of(access_token: str, now: datetime) -> str:
    """Whose token it is; empty: nobody's, or no longer."""
    prefix, _, rest = access_token.partition("|")
    account, _, end = rest.rpartition("|")
    if prefix != "Atza" or not account or not end.isdecimal():
        return ""
    return account if now < datetime.fromtimestamp(int(end), UTC) else ""
