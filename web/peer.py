"""Who is at the other end of a connection, and what a proxy says of it, if it is one that the settings name."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

Network = IPv4Network | IPv6Network
_KEY = "askonce.peer"


@dataclass(frozen=True, slots=True)
class Peer:
    """`address`: the browser's, as far as is known. `is_secure`: the browser speaks TLS, with us or with the proxy.
    `is_proxy`: a proxy that the settings name passes it on. `is_here`: the connection itself comes from this machine,
    perhaps from a browser. `user`: who it is, as the proxy says.
    """

    address: str
    is_secure: bool
    is_proxy: bool = False
    is_here: bool = False
    user: str | None = None


def note(scope: Scope, proxies: Iterable[Network], *, is_tls: bool) -> Peer:
    """Who it is, kept with the request. Headers of anybody but these proxies count for nothing."""
    address, _ = scope.get("client") or ("", 0)
    headers = Headers(scope=scope)
    if _is_among(address, proxies):
        user = headers.getlist("remote-user")
        peer = Peer(
            _last_of_others(headers.getlist("x-forwarded-for"), proxies) or address,
            is_tls or headers.getlist("x-forwarded-proto") == ["https"],
            is_proxy=True,
            is_here=_is_loopback(address),
            user=" ".join(user) or None,  # of two, neither is one of the users
        )
    else:
        peer = Peer(address, is_tls)
    scope[_KEY] = peer
    return peer


def of(request: Request) -> Peer:
    """Who sends this request."""
    found: Peer = request.scope[_KEY]
    return found


def _last_of_others(forwarded: Iterable[str], proxies: Iterable[Network]) -> str | None:
    """The last address that no proxy of ours has: what stands before it anybody may have written."""
    hops = [hop.strip() for header in forwarded for hop in header.split(",")]
    return next((hop for hop in reversed(hops) if _address(hop) and not _is_among(hop, proxies)), None)


def _is_among(address: str, networks: Iterable[Network]) -> bool:
    found = _address(address)
    return found is not None and any(found in network for network in networks)


def _is_loopback(address: str) -> bool:
    found = _address(address)
    return found is not None and found.is_loopback


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
