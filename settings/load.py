"""Reads the environment and the settings file into `Settings`, or raises one error with every complaint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from settings.complaints import Complaint, SettingsError
from settings.environment import (
    Credentials,
    Environment,
    environment_prefix,
    read_credentials,
    read_environment,
    require_invoice_key,
)
from settings.schema import Seller
from settings.sellers import read_sellers
from settings.variables import Variables


@dataclass(frozen=True, slots=True)
class Settings:
    """All that was set. Sellers and credentials go by the seller's name. `secret_files` were read for it."""

    environment: Environment
    sellers: Mapping[str, Seller]
    credentials: Mapping[str, Credentials]
    secret_files: tuple[Path, ...] = field(default=(), compare=False)


def load_environment(environ: Mapping[str, str]) -> Environment:
    """The environment alone, for those who need no seller. Raises SettingsError with everything wrong in it."""
    complaints: list[Complaint] = []
    environment = read_environment(Variables(environ, complaints))
    if complaints:
        raise SettingsError(complaints)
    return environment


def load_page_environment(environ: Mapping[str, str]) -> Environment:
    """The environment for a page that shows what is wrong with all else.

    Raises SettingsError with what is wrong in the page's own variables.
    """
    complaints: list[Complaint] = []
    environment = read_environment(Variables(environ, complaints))
    if own := [each for each in complaints if "WEB_" in each.what]:
        raise SettingsError(own)
    return environment


def read_broker(environ: Mapping[str, str]) -> str | None:
    """REDIS_URL alone, for those who only send messages. Nothing else is checked."""
    return read_environment(Variables(environ, [])).redis_url


def read_log_format(environ: Mapping[str, str]) -> bool:
    """Whether LOG_FORMAT is json, for those who log before the settings are read. Nothing else is checked."""
    return read_environment(Variables(environ, [])).logs_as_json


def read_listening(environ: Mapping[str, str]) -> tuple[str, int]:
    """Host and port of the page alone, for a page of other settings. Nothing else is checked."""
    found = read_environment(Variables(environ, []))
    return found.web_host, found.web_port


def load_sellers(file: Path) -> dict[str, Seller]:
    """The sellers of a settings file, without environment and credentials. Raises SettingsError."""
    complaints: list[Complaint] = []
    _, sellers = read_sellers(file, complaints)
    if complaints:
        raise SettingsError(complaints)
    return sellers


def load_settings(environ: Mapping[str, str], *, with_credentials: bool = True, text: str | None = None) -> Settings:
    """Read the environment, `.env` of the current folder, and the settings file.

    Without credentials none are read, and no INVOICE_KEY is asked for: a plan can be made where there are none.
    `text`: what the settings file is to say, to try it before it is saved.
    Raises SettingsError with everything that is wrong.
    """
    complaints: list[Complaint] = []
    variables = Variables(environ, complaints)
    environment = read_environment(variables)
    names, sellers = read_sellers(environment.sellers_file, complaints, text)
    prefixes = [environment_prefix(name) for name in names]
    wanted = names if with_credentials else ()
    read = {name: read_credentials(name, environment, variables, prefixes) for name in wanted}
    if with_credentials:
        invoicing = [name for name, enabled in names.items() if enabled]
        require_invoice_key(invoicing, variables)
    if complaints:
        raise SettingsError(complaints)
    credentials = {name: found for name, found in read.items() if found}
    return Settings(environment, sellers, credentials, tuple(dict.fromkeys(variables.files)))
