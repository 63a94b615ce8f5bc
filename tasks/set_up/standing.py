"""How far the set-up of each shop is, read from the files alone: it can be left and taken up again at any time."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from settings.complaints import Complaint, SettingsError
from settings.environment import (
    SELLER_VARIABLES,
    Environment,
    environment_prefix,
    read_credentials,
    read_environment,
)
from settings.load import load_settings
from settings.schema import Seller
from settings.sellers import read_sellers
from settings.variables import DOTENV, Variables

SECRETS = tuple(variable.name.removeprefix("LWA_").lower() for variable in SELLER_VARIABLES)
"""The three of a seller, as the steps call them: `client_id`, `client_secret`, `refresh_token`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`sellers`: those of the settings file, in its order; `wrong`: what is wrong in files that are there, so that
    nothing may be written there; `places`: by seller, where each of its secrets is set, None: nowhere; `troubles`: what
    is wrong with secrets that are set; `is_whole`: a worker can begin with these files.
    """

    environment: Environment
    sellers: Mapping[str, Seller]
    wrong: tuple[Complaint, ...]
    places: Mapping[str, Mapping[str, str | None]]
    troubles: tuple[Complaint, ...]
    is_whole: bool

    def has_secrets(self, seller: str) -> bool:
        return all(self.places[seller].values())


def variable_of(seller: str, secret: str) -> str:
    """`MAISON_DURAND_LWA_CLIENT_ID` of `client_id`."""
    return f"{environment_prefix(seller)}_LWA_{secret.upper()}"


def standing(environ: Mapping[str, str]) -> Standing:
    """Read the files of this folder."""
    wrong: list[Complaint] = []
    variables = Variables(environ, wrong)
    environment = read_environment(variables)
    there = os.access(environment.sellers_file, os.F_OK)
    sellers = read_sellers(environment.sellers_file, wrong)[1] if there else {}
    places = {name: {each: _place(variables, name, each) for each in SECRETS} for name in sellers}
    troubles: list[Complaint] = []
    prefixes = [environment_prefix(name) for name in sellers]
    looked_at = Variables(environ, troubles)
    troubles.clear()  # what is wrong with the lines of .env is told already
    for name in (name for name in sellers if all(places[name].values())):
        read_credentials(name, environment, looked_at, prefixes)
    whole = bool(sellers) and not wrong and _is_whole(environ)
    return Standing(environment, sellers, tuple(wrong), places, tuple(troubles), whole)


def dotenv() -> Path:
    """Where secrets are written: the file that every start in this folder reads."""
    return Path(DOTENV).absolute()


def _is_whole(environ: Mapping[str, str]) -> bool:
    try:
        load_settings(environ)
    except SettingsError:
        return False
    return True


def _place(variables: Variables, seller: str, secret: str) -> str | None:
    name = variable_of(seller, secret)
    return variables.where(name) if variables.is_set(name) else None
