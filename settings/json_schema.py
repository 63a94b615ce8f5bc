"""The settings file as a JSON schema: `#:schema ./sellers.schema.json` on its first line gives editors completion."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from settings.schema import SettingsFile


class _Toml(GenerateJsonSchema):
    """TOML has no null, so a setting that may be left out is simply not required; a table's defaults are its keys'."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default"), BaseModel | None):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def settings_json_schema() -> dict[str, Any]:
    """The schema of the whole file, as the user writes it (JSON Schema 2020-12)."""
    return SettingsFile.model_json_schema(schema_generator=_Toml)
