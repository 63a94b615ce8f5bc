"""The examples and docs/settings.md say what the code says."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from pydantic_core import to_jsonable_python

from settings import environment
from settings.complaints import SettingsError
from settings.environment import SELLER_VARIABLES, VARIABLES, Variable
from settings.json_schema import settings_json_schema
from settings.load import load_settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from settings.wording import rule_keys, setting_field, setting_keys, typed

ROOT = Path(environment.__file__).parents[1]
EXAMPLE_TOML = (ROOT / "settings/example.toml").read_text()
EXAMPLE_ENV = (ROOT / "settings/example.env").read_text()
DOCS = (ROOT / "docs/settings.md").read_text().splitlines()
KEYS = tuple(setting_keys())
RULE_KEYS = tuple(rule_keys())
SELLER_NAMES = tuple(f"MY_SHOP_{variable.name}" for variable in SELLER_VARIABLES)


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and prefix + key not in KEYS:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def default(key: str) -> Any:
    return json.loads(json.dumps(setting_field(key).get_default()))


def example(key: str) -> Any:
    examples = setting_field(key).examples
    assert examples
    return examples[0]


def setting_row(key: str) -> str:
    field = setting_field(key)
    short = key
    for table in ("review_requests.", "rules.", "brakes.", "invoices."):
        short = short.removeprefix(table)
    unset = "required" if field.is_required() else "not set"
    shown = unset if field.is_required() or default(key) in (None, [], {}) else f"`{typed(default(key))}`"
    return f"| `{short}` | {field.description} | {shown} | `{short} = {typed(example(key))}` |"


def variable_row(name: str, variable: Variable) -> str:
    example = f"{name}={variable.example}".replace("|", "\\|")
    shown = f"`{variable.default}`" if variable.default else "not set" if variable in VARIABLES else "required"
    return f"| `{name}` | {variable.meaning} | {shown} | `{example}` |"


@pytest.mark.parametrize("key", [*KEYS, *RULE_KEYS])
def test_every_setting_is_in_the_docs(key: str) -> None:
    assert setting_row(key) in DOCS


@pytest.mark.parametrize("variable", [*VARIABLES, *SELLER_VARIABLES], ids=lambda variable: variable.name)
def test_every_variable_is_in_the_docs(variable: Variable) -> None:
    name = variable.name if variable in VARIABLES else f"MY_SHOP_{variable.name}"
    assert variable_row(name, variable) in DOCS


def test_the_docs_have_no_row_of_their_own() -> None:
    rows = [line for line in DOCS if line.startswith("| `")]
    assert len(rows) == len(KEYS) + len(RULE_KEYS) + len(VARIABLES) + len(SELLER_VARIABLES)


def test_the_docs_show_complaints_as_they_are(folder: Path) -> None:
    toml = EXAMPLE_TOML.replace("[7, 25]", "[4, 25]").replace("# timezone", "tmezone")
    (folder / "sellers.toml").write_text(toml)
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    shown = DOCS[DOCS.index("```") + 1 :]
    assert shown[:9] == str(caught.value).splitlines()[:9]


def test_the_example_file_has_every_setting() -> None:
    shown = re.sub(r"^# (?=[a-z_.]+ = )", "", EXAMPLE_TOML, flags=re.MULTILINE)
    assert sorted(key for key, _ in flat(tomllib.loads(shown)["sellers"]["my-shop"])) == sorted(KEYS)


def test_the_example_file_shows_defaults_and_examples() -> None:
    written = dict(flat(tomllib.loads(EXAMPLE_TOML)["sellers"]["my-shop"]))
    assert written == {key: example(key) if setting_field(key).is_required() else default(key) for key in written}
    tables = re.split(r"^\[sellers\.my-shop\.(\w+)\]$", EXAMPLE_TOML, flags=re.MULTILINE)[1:]
    for table, text in zip(tables[::2], tables[1::2], strict=True):
        lines = re.findall(r"^# ([a-z_.]+ = .*)", text, flags=re.MULTILINE)
        commented = dict(flat({table: tomllib.loads("\n".join(lines))}))
        assert commented == {key: example(key) for key in commented}


def test_the_example_files_load_clean_with_secrets_and_send_nothing(folder: Path) -> None:
    (folder / "sellers.toml").write_text(EXAMPLE_TOML)
    (folder / ".env").write_text(re.sub(r"=$", "=secret", EXAMPLE_ENV, flags=re.MULTILINE))
    settings = load_settings({})
    assert settings.sellers == {"my-shop": Seller(name="my-shop", region="eu", marketplaces=("FR", "DE"))}
    assert not settings.sellers["my-shop"].live


def test_the_example_environment_asks_for_secrets_only(folder: Path) -> None:
    (folder / "sellers.toml").write_text(EXAMPLE_TOML)
    (folder / ".env").write_text(EXAMPLE_ENV)
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert [complaint.what for complaint in caught.value.complaints] == [f"{name} is not set" for name in SELLER_NAMES]


def test_the_example_environment_has_every_variable_with_its_default_or_example() -> None:
    shown = re.sub(r"^# (?=[A-Z_]+=)", "", EXAMPLE_ENV, flags=re.MULTILINE)
    values = {variable.name: variable.default or variable.example for variable in VARIABLES}
    assert dotenv_values(stream=StringIO(shown)) == values | dict.fromkeys(SELLER_NAMES, "")


def schema_of(key: str) -> dict[str, Any]:
    tables = settings_json_schema()["$defs"]
    found: dict[str, Any] = {"$ref": "#/$defs/SellerTable"}
    for part in key.split("."):
        found = tables[found["$ref"].rpartition("/")[2]]["properties"][part]
    return found


@pytest.mark.parametrize("key", KEYS)
def test_the_json_schema_describes_every_setting(key: str) -> None:
    found, field = schema_of(key), setting_field(key)
    assert (found["description"], found["examples"]) == (field.description, to_jsonable_python(field.examples))
    assert found.get("default") == (None if field.is_required() else default(key))


@pytest.mark.parametrize("key", RULE_KEYS)
def test_the_json_schema_describes_every_key_of_a_rule_set(key: str) -> None:
    found, field = settings_json_schema()["$defs"]["RuleSet"]["properties"][key.rpartition(".")[2]], setting_field(key)
    assert (found["description"], found["examples"]) == (field.description, field.examples)


def test_the_json_schema_is_as_the_user_writes() -> None:
    slot = schema_of("review_requests.time_slots")["items"]
    assert slot["type"] == "string"
    assert [bool(re.search(slot["pattern"], text)) for text in ("00:00-24:00", "24:00-24:00", "9-10")] == [
        True,
        False,
        False,
    ]
    assert schema_of("marketplaces")["items"]["enum"] == sorted(MARKETPLACES)
    assert "null" not in json.dumps(settings_json_schema())
    blackout = schema_of("review_requests.blackout")["items"]["pattern"]
    assert [bool(re.search(blackout, text)) for text in ("2026-12-24..2026-12-26", "2026-12-24", "24.12.")] == [
        True,
        True,
        False,
    ]
    assert not settings_json_schema()["additionalProperties"]
    assert "name" not in settings_json_schema()["$defs"]["SellerTable"]["properties"]


def test_the_example_file_names_the_json_schema_first() -> None:
    assert EXAMPLE_TOML.startswith("#:schema ./sellers.schema.json\n")
