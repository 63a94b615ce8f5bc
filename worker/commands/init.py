"""askonce init"""

from pathlib import Path

import click

from worker.commands.options import examples


@click.command(epilog=examples("init"))
def command() -> None:
    """Write sellers.toml, .env and sellers.schema.json into this folder. What is there already stays as it is."""
    from settings.examples import environment_example, schema_text, settings_example

    contents = {"sellers.toml": settings_example(), ".env": environment_example(), "sellers.schema.json": schema_text()}
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
