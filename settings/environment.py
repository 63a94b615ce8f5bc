"""The environment variables of askonce, each once: what it means and, where there is one, its default."""

import os
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from settings.endpoints import ECB_ENDPOINT, LWA_ENDPOINT, SP_API_ENDPOINTS, is_amazon, is_safe, odd_password
from settings.secrets import odd_secrets
from settings.variables import Variables

LEDGER_FILE = Path("var/askonce.db")
"""The default ledger, seen from the folder of the seller settings file."""
DEFAULT_STOP_FILE = Path("var/STOP")
"""The same of the stop file."""
DEFAULT_SELLERS_FILE = "sellers.toml"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. `starts` is how its value must begin, if that is known; `wanted` says what to type."""

    name: str
    meaning: str
    default: str
    example: str
    starts: tuple[str, ...] = ()
    wanted: str = ""


DATABASE_URL = Variable(
    "DATABASE_URL",
    "The ledger's database: SQLite or PostgreSQL. Not set: SQLite, `var/askonce.db` beside SELLERS_FILE.",
    "",
    "postgresql+psycopg://askonce:PASSWORD@localhost/askonce",
    ("sqlite://", "postgresql://", "postgresql+psycopg://"),
)
REDIS_URL = Variable(
    "REDIS_URL",
    "Redis, for Celery. `askonce run` needs none.",
    "",
    "redis://localhost:6379/0",
    ("redis://", "rediss://"),
)
SELLERS_FILE = Variable("SELLERS_FILE", "The seller settings file.", DEFAULT_SELLERS_FILE, "/etc/askonce/sellers.toml")
STOP_FILE = Variable(
    "STOP_FILE",
    "While this file exists nothing is sent, whatever is in it. Not set: `var/STOP` beside SELLERS_FILE.",
    "",
    "/etc/askonce/STOP",
)
SP_API_ENDPOINT = Variable(
    "SP_API_ENDPOINT",
    "Where the SP-API is, for every seller. Not set: Amazon's own, by the seller's region.",
    "",
    SP_API_ENDPOINTS["eu"],
    ("https://", "http://"),
)
LWA_ENDPOINT_VARIABLE = Variable(
    "LWA_ENDPOINT",
    "Where Login with Amazon is. Not set: Amazon's own.",
    "",
    LWA_ENDPOINT,
    ("https://", "http://"),
)
ECB_ENDPOINT_VARIABLE = Variable(
    "ECB_ENDPOINT",
    "Where the European Central Bank's exchange rates are. Not set: the bank's own, unless Amazon is not Amazon's own.",
    "",
    ECB_ENDPOINT,
    ("https://", "http://"),
)
START_WAIT_SECONDS = Variable(
    "START_WAIT_SECONDS",
    "How long a worker's start waits for the database, and for Redis, to answer.",
    "60",
    "300",
)
INVOICE_KEY = Variable(
    "INVOICE_KEY",
    "The key that invoices are kept with: 32 random bytes in base64. Needed when a seller has invoices enabled.",
    "",
    "BASE64_OF_32_RANDOM_BYTES",
)
ALERT_URLS = Variable(
    "ALERT_URLS",
    "Where alerts and the daily digest go: URLs of Apprise, with blanks between them. Not set: nobody is told.",
    "",
    "mailto://USER:PASSWORD@example.com ntfy://TOPIC",
    wanted="URLs of Apprise as mailto://…, tgram://… or ntfy://…, with blanks between them",
)
PING_URL = Variable(
    "PING_URL",
    "A dead man's switch, as of healthchecks.io: called each minute; /start at a start, /fail when all is not well.",
    "",
    "https://hc-ping.com/YOUR-ID",
    ("https://", "http://"),
)
LOG_FORMAT = Variable(
    "LOG_FORMAT",
    "How logs are written: `text`, or `json`, one object a line.",
    "text",
    "json",
)
METRICS_PORT = Variable(
    "METRICS_PORT",
    "Where `askonce run` and Celery's workers have metrics for Prometheus, on 127.0.0.1. Not set: nowhere.",
    "",
    "9464",
)
WEB_HOST = Variable(
    "WEB_HOST",
    "Where the page listens (`askonce web`). Another one than this machine alone needs a user, and TLS or a proxy.",
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104  an example
)
WEB_PORT = Variable("WEB_PORT", "The port of the page.", "8484", "8484")
WEB_TLS_CERT = Variable(
    "WEB_TLS_CERT",
    "The certificate of the page (PEM), with those between it and its authority. Not set: the page speaks no TLS.",
    "",
    "/etc/askonce/page.pem",
)
WEB_TLS_KEY = Variable("WEB_TLS_KEY", "The key of that certificate (PEM).", "", "/etc/askonce/page.key")
WEB_PROXY = Variable(
    "WEB_PROXY",
    "Addresses of proxies that say whom they let in (`Remote-User`) and over what (`X-Forwarded-Proto`, `-For`).",
    "",
    "10.0.0.5",
)
VARIABLES = (
    DATABASE_URL,
    REDIS_URL,
    SELLERS_FILE,
    STOP_FILE,
    START_WAIT_SECONDS,
    INVOICE_KEY,
    ALERT_URLS,
    PING_URL,
    LOG_FORMAT,
    METRICS_PORT,
    WEB_HOST,
    WEB_PORT,
    WEB_TLS_CERT,
    WEB_TLS_KEY,
    WEB_PROXY,
    SP_API_ENDPOINT,
    LWA_ENDPOINT_VARIABLE,
    ECB_ENDPOINT_VARIABLE,
)

JSON = "json"
_OF_AMAZON = (SP_API_ENDPOINT, LWA_ENDPOINT_VARIABLE)
_ALERT_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_ESCAPED = "@ as %40, / as %2F, # as %23, ? as %3F"
KEY_BYTES = 32
_MAKE_KEY = 'python3 -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'
_KEY_REMEDY = f"INVOICE_KEY= and what this prints: {_MAKE_KEY}"

# each with the seller's prefix before it, as MY_SHOP_LWA_CLIENT_ID
CLIENT_ID = Variable(
    "LWA_CLIENT_ID",
    "The application's client id.",
    "",
    "amzn1.application-oa2-client.0123456789abcdef",
    wanted="the client id of your app",
)
CLIENT_SECRET = Variable(
    "LWA_CLIENT_SECRET",
    "The application's client secret.",
    "",
    "amzn1.oa2-cs.v1.0123456789abcdef",
    wanted="the client secret of your app",
)
REFRESH_TOKEN = Variable(
    "LWA_REFRESH_TOKEN",
    "The seller's refresh token for the application.",
    "",
    "Atzr|0123456789",
    wanted="the refresh token of the seller's authorisation",
)
SELLER_VARIABLES = (CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says of the machine; None: not set. URLs may hold passwords, so they are not shown."""

    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    sellers_file: Path
    start_wait_seconds: int
    sp_api_endpoint: str | None = field(repr=False)
    lwa_endpoint: str | None = field(repr=False)
    invoice_key: bytes | None = field(default=None, repr=False)
    alert_urls: tuple[str, ...] = field(default=(), repr=False)
    ping_url: str | None = field(default=None, repr=False)
    logs_as_json: bool = False
    metrics_port: int | None = None
    stop_file: Path | None = None  # None: of a demo
    web_host: str = "127.0.0.1"
    web_port: int = 8484
    web_tls_cert: Path | None = None
    web_tls_key: Path | None = None
    web_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    ecb_endpoint: str | None = field(default=None, repr=False)

    @property
    def rates_endpoint(self) -> str | None:
        """Where official exchange rates are fetched; None: nowhere, as Amazon is a simulated one."""
        real = ECB_ENDPOINT if is_amazon(self.sp_api_endpoint, self.lwa_endpoint) else None
        return self.ecb_endpoint or real

    @property
    def database_url_or_default(self) -> str:
        return self.database_url or f"sqlite:///{self._here if self._is_elsewhere else self._beside}"

    @property
    def ledger_elsewhere(self) -> str | None:
        """What to say when the ledger is still where it once was by default: in the folder where one stands."""
        if self.database_url or not self._is_elsewhere:
            return None
        move = f"mkdir -p {self._beside.parent} && mv {self._here}* {self._beside.parent}/"
        return f"the ledger is {self._here}; it belongs beside the settings. Stop askonce. Type: {move}"

    @property
    def _here(self) -> Path:
        return LEDGER_FILE.absolute()

    @property
    def _beside(self) -> Path:
        return self.sellers_file.absolute().parent / LEDGER_FILE

    @property
    def _is_elsewhere(self) -> bool:
        return os.access(self._here, os.F_OK) and not os.access(self._beside, os.F_OK)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One seller's credentials for Login with Amazon; nothing of them is shown."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


def environment_prefix(seller: str) -> str:
    """What the names of the seller's variables begin with: `maison-durand` gives `MAISON_DURAND`."""
    return seller.upper().replace("-", "_")


def read_environment(variables: Variables) -> Environment:
    def get(variable: Variable) -> str | None:
        value = variables.get(variable.name)
        if value and variable.starts and not value.startswith(variable.starts):
            _complain(variables, variable, f"{variable.name} must begin with {' or '.join(variable.starts)}")
        elif value and variable is DATABASE_URL and (what := odd_password(value)):
            variables.complain(variable.name, f"the password in {variable.name} {what}", _ESCAPED)
        elif value and variable in _OF_AMAZON and not is_safe(value):
            what = f"{variable.name} must begin with https://: secrets go there, and http:// is for this machine alone"
            _complain(variables, variable, what)
        return value

    sellers_file = Path(get(SELLERS_FILE) or DEFAULT_SELLERS_FILE)
    return Environment(
        database_url=get(DATABASE_URL),
        redis_url=get(REDIS_URL),
        sellers_file=sellers_file,
        stop_file=_stop_file(variables, sellers_file),
        start_wait_seconds=_start_wait(variables),
        sp_api_endpoint=get(SP_API_ENDPOINT),
        lwa_endpoint=get(LWA_ENDPOINT_VARIABLE),
        invoice_key=_invoice_key(variables),
        alert_urls=_alert_urls(variables),
        ping_url=get(PING_URL),
        logs_as_json=_log_format(variables) == JSON,
        metrics_port=_port(variables, METRICS_PORT, least=1),
        web_host=get(WEB_HOST) or WEB_HOST.default,
        web_port=_port(variables, WEB_PORT, least=0) or 0,
        web_tls_cert=_path(variables, WEB_TLS_CERT),
        web_tls_key=_path(variables, WEB_TLS_KEY),
        web_proxies=tuple(_proxies(variables)),
        ecb_endpoint=get(ECB_ENDPOINT_VARIABLE),
    )


def _complain(variables: Variables, variable: Variable, what: str) -> None:
    """What is wrong with its value; what to type is its example."""
    variables.complain(variable.name, what, f"{variable.name}={variable.example}")


def _stop_file(variables: Variables, sellers_file: Path) -> Path:
    """Absolute. One that could never be made, since its folder is not there, would be no stop file."""
    named = variables.get(STOP_FILE.name)
    path = Path(named).absolute() if named else sellers_file.absolute().parent / DEFAULT_STOP_FILE
    if named and not os.access(path.parent, os.F_OK):
        what = f"the folder of {STOP_FILE.name} is not there, or cannot be looked into: {path.parent}"
        _complain(variables, STOP_FILE, what)
    return path


def require_invoice_key(sellers: Iterable[str], variables: Variables) -> None:
    """Complain if the key is not set, although these sellers have invoices enabled."""
    name = INVOICE_KEY.name
    if (names := ", ".join(sellers)) and not variables.is_set(name):
        what = f"{name} is not set, and invoices are enabled for {names}"
        variables.complain(name, what, _KEY_REMEDY)


def _invoice_key(variables: Variables) -> bytes | None:
    name = INVOICE_KEY.name
    value = variables.get(name)
    if value is None:
        return None
    try:
        key = b64decode(value, validate=True)
    except ValueError:
        key = b""
    if len(key) == KEY_BYTES:
        return key
    variables.complain(name, f"{name} must be {KEY_BYTES} bytes in base64", _KEY_REMEDY)
    return None


def _alert_urls(variables: Variables) -> tuple[str, ...]:
    """Each begins with a scheme; of what stands between them, blanks and commas are left out."""
    found = tuple(re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", variables.get(ALERT_URLS.name) or ""))
    odd = [number for number, url in enumerate(found, 1) if url and not _ALERT_URL.fullmatch(url)]
    if odd:
        what = f"number {odd[0]} in {ALERT_URLS.name} is no URL, or has a blank inside"
        variables.complain(ALERT_URLS.name, what, f"{ALERT_URLS.name}={ALERT_URLS.wanted}; a blank inside as %20")
    return tuple(filter(None, found))


def _log_format(variables: Variables) -> str:
    value = variables.get(LOG_FORMAT.name) or LOG_FORMAT.default
    if value not in (JSON, LOG_FORMAT.default):
        _complain(variables, LOG_FORMAT, f"{LOG_FORMAT.name} must be {LOG_FORMAT.default} or {JSON}")
    return value


def _start_wait(variables: Variables) -> int:
    value = variables.get(START_WAIT_SECONDS.name) or START_WAIT_SECONDS.default
    if re.fullmatch("[0-9]{1,6}", value):
        return int(value)
    _complain(variables, START_WAIT_SECONDS, f"{START_WAIT_SECONDS.name} must be a whole number of seconds")
    return 0


def _path(variables: Variables, variable: Variable) -> Path | None:
    named = variables.get(variable.name)
    return Path(named).absolute() if named else None


def _proxies(variables: Variables) -> Iterator[IPv4Network | IPv6Network]:
    """Addresses or networks, with blanks or commas between them."""
    for each in re.split(r"[\s,]+", variables.get(WEB_PROXY.name) or ""):
        try:
            if each:
                yield ip_network(each)
        except ValueError:
            what = f"{each} in {WEB_PROXY.name} is no IP address, and no network as 10.0.0.0/24"
            _complain(variables, WEB_PROXY, what)


def _port(variables: Variables, variable: Variable, least: int) -> int | None:
    """None: not set, and there is no default; or it is none, and a complaint says so."""
    value = variables.get(variable.name) or variable.default
    if not value or (re.fullmatch(r"[0-9]{1,5}", value) and least <= int(value) <= 65_535):
        return int(value) if value else None
    _complain(variables, variable, f"{variable.name} must be a port: a whole number from {least} to 65535")
    return None


def read_credentials(
    seller: str, environment: Environment, variables: Variables, prefixes: Iterable[str]
) -> Credentials | None:
    """None when one is missing; a complaint then says so. `prefixes` are those of all sellers."""
    prefix = environment_prefix(seller)
    names = [f"{prefix}_{variable.name}" for variable in SELLER_VARIABLES]
    owned = [f"{each}_{variable.name}" for each in prefixes for variable in SELLER_VARIABLES]
    client_id, client_secret, refresh_token = (
        variables.require(name, variable.wanted, owned) for name, variable in zip(names, SELLER_VARIABLES, strict=True)
    )
    if is_amazon(environment.sp_api_endpoint, environment.lwa_endpoint):
        values = dict(zip(names, (client_id, client_secret, refresh_token), strict=True))
        examples = [variable.example for variable in SELLER_VARIABLES]
        for name, what, remedy in odd_secrets(values, examples):
            variables.complain(name, what, remedy)
    if client_id is None or client_secret is None or refresh_token is None:
        return None
    return Credentials(client_id, client_secret, refresh_token)
