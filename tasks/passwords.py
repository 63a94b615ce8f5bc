"""Passwords: what one must be, and their hashes by argon2id. One at a time in a process: each takes 64 MiB."""

import unicodedata
from functools import cache
from secrets import token_urlsafe
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tasks.not_done import NotDone

LEAST = 12
"""Characters, and nothing of the user's name: Amazon's Data Protection Policy, "Password Management"."""
_NAMES_FROM = 4
"""Characters of a name that are looked for: shorter ones are in many words."""
HASHER = PasswordHasher()  # RFC 9106, for little memory
_one_at_a_time = Lock()


def hashed(name: str, password: str) -> str:
    """The hash to keep. Raises NotDone: it is too short, or has the user's name in it."""
    if len(password) < LEAST:
        raise NotDone(f"a password needs at least {LEAST} characters, and this one has {len(password)}")
    if len(name) >= _NAMES_FROM and name in password.casefold():
        raise NotDone("a password must not have the user's name in it")
    with _one_at_a_time:
        return HASHER.hash(_plain(password))


def fits(password: str, kept: str | None) -> bool:
    """Is it the password of that hash? None: of nobody's, which takes as long."""
    with _one_at_a_time:
        nobodys = nobody()
        try:
            return HASHER.verify(kept or nobodys, _plain(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def _plain(password: str) -> bytes:
    """The same bytes from every keyboard."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


@cache
def nobody() -> str:
    """A hash whose password nobody knows."""
    return HASHER.hash(token_urlsafe())
