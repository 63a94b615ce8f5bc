"""Documents and what they are made of, sealed with the operator's key: AES-256-GCM."""

import os

_NONCE = 12  # bytes, random: safe for 2³² documents under one key (NIST SP 800-38D, 8.3)
_KEY = 32


class WrongKey(Exception):
    """Sealed with another key, bound to something else, or damaged; which of these cannot be known."""


class Vault:
    """Seals and opens with one key of 32 bytes (`INVOICE_KEY`)."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 12 MB that sellers without invoices are spared

        if len(key) != _KEY:
            raise ValueError(f"the key has {len(key)} bytes, not {_KEY}")
        self._cipher = AESGCM(key)

    def seal(self, data: bytes, bound_to: str) -> bytes:
        """`bound_to` names whose it is: it opens only under the same name, so that rows cannot be swapped."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, data, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Raises WrongKey."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise WrongKey("the document cannot be opened with this INVOICE_KEY") from error
