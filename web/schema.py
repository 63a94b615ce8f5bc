"""What the JSON of each page holds, as a JSON Schema (2020-12): made from the very types of what the pages show."""

from collections.abc import Iterable
from typing import Any, get_type_hints

from msgspec import json

from web.pages import Download, File, Look, Page
from web.person import Role


def pages_schema(pages: Iterable[Page]) -> bytes:
    """One schema, as it is published: of an object that has each address of JSON, with what it answers.

    More may come to each answer later.
    """
    shown = {page.json_path: get_type_hints(page.show)["return"] for page in pages}
    schemas, components = json.schema_components(shown.values(), ref_template="#/$defs/{name}")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The pages of askonce as JSON: what each address answers",
        "type": "object",
        "properties": dict(zip(shown, schemas, strict=True)),
        "$defs": components,
    }
    return json.format(json.encode(schema), indent=2) + b"\n"


def schema_of(pages: Iterable[Page]) -> Download:
    """Its address: for whoever may see a page."""

    def make(look: Look) -> File:
        _ = look.chosen  # raises Missing, as every address does for a seller that is another's
        return File("pages.schema.json", "application/schema+json", [pages_schema(pages)])

    return Download("/schema.json", make, role=Role.VIEWER, is_by_seller=True)
