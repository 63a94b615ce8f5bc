"""askonce init"""

from pathlib import Path

import click

import settings
from worker.commands.options import examples

EXAMPLES = Path(settings.__file__).parent


@click.command(epilog=examples("init"))
def command() -> None:
    """Write sellers.toml, .env and sellers.schema.json into this folder. What is there already stays as it is."""
    import json

    from settings.json_schema import settings_json_schema

    contents = {
        "sellers.toml": (EXAMPLES / "example.toml").read_text(encoding="utf-8"),
        ".env": (EXAMPLES / "example.env").read_text(encoding="utf-8"),
        "sellers.schema.json": json.dumps(settings_json_schema(), indent=2) + "\n",
    }
    for name, content in contents.items():
        click.echo(f"{name}: {'written' if _write(Path(name), content) else 'is there already, left as it is'}")
    click.echo("Fill in sellers.toml and .env, then type: askonce check")


def _write(path: Path, content: str) -> bool:
    """Write a new file, readable by its owner only: `.env` holds secrets."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}. Type: cd FOLDER, to one that you may write to") from None
    path.write_text(content, encoding="utf-8")
    return True
