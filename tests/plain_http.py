"""For clients that speak plain HTTP alone."""

from ssl import PROTOCOL_TLS_CLIENT, SSLContext

TRUSTS_NOBODY = SSLContext(PROTOCOL_TLS_CLIENT)
"""One for all: a client of its own accord reads the certificates of every authority, which takes 40 ms each time."""
