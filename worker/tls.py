"""The certificate of the page: looked at before anybody connects, so that what is wrong is said at the start."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.x509 import DNSName, IPAddress

CERT, KEY = "--tls-cert", "--tls-key"


class Unfit(click.ClickException):
    """The page cannot be served as it is set up. The message ends with what to type."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names`: those that it is for, as a browser writes them; one may begin with `*.`."""

    cert: Path
    key: Path
    names: frozenset[str]
    ends_at: datetime


def certificate_of(cert: Path | None, key: Path | None, now: datetime) -> Certificate | None:
    """None: there is none. Raises Unfit: a file cannot be read, is none, they do not fit, or it is not valid now."""
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        given, missing = (CERT, KEY) if cert else (KEY, CERT)
        raise Unfit(f"{given} is given without {missing}: TLS needs both. Type: {CERT} page.pem {KEY} page.key")
    leaf = _leaf(cert)
    _must_fit(cert, key)
    if now > leaf.not_valid_after_utc:
        ended = f"{leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        raise Unfit(f"the certificate {cert} ended on {ended}. Type: {CERT} and a newer one")
    if now < leaf.not_valid_before_utc:
        begins = f"{leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        raise Unfit(f"the certificate {cert} is valid from {begins} on. Look at this machine's clock: timedatectl")
    return Certificate(cert, key, _names(leaf), leaf.not_valid_after_utc)


def _leaf(cert: Path) -> x509.Certificate:
    """The first certificate of the file: that of the page."""
    text = _read(cert, CERT)
    try:
        return x509.load_pem_x509_certificate(text)
    except ValueError:
        what = f"{cert} is no certificate in PEM: one begins with -----BEGIN CERTIFICATE-----"
        raise Unfit(f"{what}. {_retype(CERT)}") from None


def _must_fit(cert: Path, key: Path) -> None:
    text = _read(key, KEY)
    if b"PRIVATE KEY-----" not in text:
        raise Unfit(f"{key} is no key in PEM: one begins with -----BEGIN PRIVATE KEY-----. {_retype(KEY)}")
    if b"ENCRYPTED" in text:
        plain = f"openssl pkey -in {key} -out page.key"
        raise Unfit(f"the key {key} has a password, and nobody is there to type it. Type: {plain}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH" or "MISMATCH" in (error.reason or ""):
            raise Unfit(f"the certificate {cert} does not fit the key {key}. {_retype(KEY)} it was made with") from None
        raise Unfit(f"{cert} and {key} cannot be used for TLS ({error.reason}). {_retype(CERT)}") from None


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unfit(f"{path} cannot be read: {error.strerror}. {_retype(option)}") from None


def _retype(option: str) -> str:
    return f"Type: {option} and the file"


def _names(leaf: x509.Certificate) -> frozenset[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = (f"[{each}]" if each.version == 6 else str(each) for each in names.get_values_for_type(IPAddress))
    return frozenset([*(each.lower() for each in names.get_values_for_type(DNSName)), *addresses])
