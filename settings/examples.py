"""The documented examples of the settings files, as they are or with a shop's own name, region and marketplaces."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from settings.environment import environment_prefix
from settings.json_schema import settings_json_schema

_HERE = Path(__file__).parent
_NAME, _REGION, _PLACES = "my-shop", 'region = "eu"', 'marketplaces = ["FR", "DE"]'


def settings_example() -> str:
    """sellers.toml of one shop, with every key."""
    return (_HERE / "example.toml").read_text(encoding="utf-8")


def environment_example() -> str:
    """.env, without values."""
    return (_HERE / "example.env").read_text(encoding="utf-8")


def schema_text() -> str:
    """sellers.schema.json, for editors."""
    return json.dumps(settings_json_schema(), indent=2) + "\n"


def settings_of(name: str, region: str, marketplaces: Sequence[str]) -> str:
    """The example for this shop."""
    text = settings_example()
    places = f"marketplaces = {json.dumps(list(marketplaces))}"
    for old, new in ((f"[sellers.{_NAME}]", f"[sellers.{name}]"), (_REGION, f'region = "{region}"'), (_PLACES, places)):
        text = re.sub(rf"(?m)^{re.escape(old)} +(?=#)", _as_wide(new), text, count=1)
    return text.replace(_NAME, name)


def _as_wide(new: str) -> Callable[[re.Match[str]], str]:
    """In the place of a match, so that the comment behind it stays where it is, if there is room."""
    return lambda found: f"{new} ".ljust(len(found[0]))


def environment_of(name: str) -> str:
    """The example for this shop."""
    return environment_example().replace(environment_prefix(_NAME), environment_prefix(name))
