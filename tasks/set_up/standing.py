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
    else a worker would not begin with, as a secret that is none.
    """

    environment: Environment
    sellers: Mapping[str, Seller]
    wrong: tuple[Complaint, ...]
    places: Mapping[str, Mapping[str, str | None]]
    troubles: tuple[Complaint, ...]

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
    unset = [variable_of(name, each) for name in sellers for each in SECRETS if places[name][each] is None]
    troubles: list[Complaint] = []
    if sellers and not wrong:
        try:
            load_settings(environ)
        except SettingsError as error:
            of_unset = tuple(f"{name} is not set" for name in unset)
            troubles = [each for each in error.complaints if not each.what.startswith(of_unset)]
    return Standing(environment, sellers, tuple(wrong), places, tuple(troubles))


def dotenv() -> Path:
    """Where secrets are written: the file that every start in this folder reads."""
    return Path(DOTENV).absolute()


def _place(variables: Variables, seller: str, secret: str) -> str | None:
    name = variable_of(seller, secret)
    if variables.is_set(f"{name}_FILE"):
        return f"{name}_FILE"
    return variables.where(name) if variables.is_set(name) else None
