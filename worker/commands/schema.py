"""askonce schema"""

import json

import click

from worker.commands.options import examples


@click.command(epilog=examples("schema > sellers.schema.json"))
def command() -> None:
    """Print the JSON schema of sellers.toml. Editors find it by the first line: #:schema ./sellers.schema.json"""
    from settings.json_schema import settings_json_schema

    click.echo(json.dumps(settings_json_schema(), indent=2))
