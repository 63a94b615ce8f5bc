"""What the demo leaves behind, in the folder where it ran: commands with `--demo` read it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from settings.load import Settings

LEDGER = Path("var/demo.db")
SETTINGS = Path("var/demo.toml")
DOCUMENTS = Path("var/demo-invoices")


def demo_settings() -> "Settings":
    """The settings of the demo's seller, and its ledger; without credentials. Raises SettingsError."""
    from settings.environment import Environment
    from settings.load import Settings, load_sellers

    environment = Environment(f"sqlite:///{LEDGER}", None, SETTINGS, 0, None, None)
    return Settings(environment, load_sellers(SETTINGS), {})
