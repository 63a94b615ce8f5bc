"""A shop's three secrets in `.env`: written there, and never told again."""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from ledger.database import Ledger
from rules.readable import said
from settings.complaints import as_text
from settings.dotenv import with_values
from settings.environment import SELLER_VARIABLES
from settings.secrets import KINDS, Odd, odd
from settings.variables import DOTENV
from tasks import audit
from tasks.audit import Act, Person
from tasks.not_done import NotDone
from tasks.replace_file import PRIVATE, replace_file
from tasks.set_up.standing import SECRETS, dotenv, variable_of

_writing = Lock()  # two people at the same page


def wrong(typed: Mapping[str, str]) -> list[Odd]:
    """Which of the secrets that were typed cannot be what they are said to be; the empty ones are passed over."""
    values = {name: typed.get(name) or None for name in SECRETS}
    return list(odd(values, [variable.example for variable in SELLER_VARIABLES]))


def kind_of(secret: str) -> str:
    """`the client id` of `client_id`."""
    return dict(zip(SECRETS, KINDS, strict=True))[secret]


def keep(ledger: Ledger, seller: str, typed: Mapping[str, str], by: Person, now: datetime) -> None:
    """Write these into `.env`, whose other lines stay. The record has their names alone. Raises NotDone."""
    if not typed:
        return
    path = dotenv()
    with _writing, ledger.begin() as connection:
        audit.record(connection, by, Act.SECRETS, now, seller=seller, after={"written": sorted(typed)})
        values = {variable_of(seller, name): each for name, each in typed.items()}
        try:
            text = ""
            if path.exists():
                path.chmod(PRIVATE)
                text = _text(path.read_bytes())
            replace_file(path, with_values(text, values).encode())
        except OSError as error:
            raise NotDone(said("{file} cannot be written: {why}.", file=path, why=error.strerror)) from None


def _text(content: bytes) -> str:
    text, wrong_encoding = as_text(content)
    if wrong_encoding:
        raise NotDone(f"{DOTENV} {wrong_encoding}")
    return text
