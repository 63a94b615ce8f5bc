"""What people read: tables that fit and cut no id, words of others without any effect, one line for each event."""

import csv
import io
import logging
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from worker.commands.cells import Tone, Toned
from worker.commands.output import WIDTH, counted, print_csv, print_table, say
from worker.commands.table import columns_of
from worker.logs import LONGEST, OneLine
from worker.text import printable

AT = datetime(2026, 11, 22, 18, tzinfo=UTC)
TIME = "2026-11-22 18:00 UTC"
ORDER, REQUEST = "403-1234567-1234567", "e94e6b5a-0d26-4b2f-9c05-5d0c6a4f9b1d"
LONG = "the buyer's marketplace does not allow this request at present, says Amazon, and it may do so later on"
TABLES = {
    "a history": (
        ("at", "seller", "order_id", "action", "state", "reason", "asked_at"),
        (AT, "maison-durand-et-fils", ORDER, "credit_note", "waiting", "invoices_not_authorised", AT),
        (ORDER, TIME, "invoices_not_authorised", "maison-durand-et-fils"),
    ),
    "answers": (
        ("answer at", "about", "led to", "reason", "detail", "request id"),
        (AT, "review", "held", "unknown_refusal", LONG, REQUEST),
        (REQUEST, TIME, "unknown_refusal"),
    ),
    "invoices": (
        ("seller", "order", "kind", "number", "total", "state", "reason", "issued", "sent"),
        ("maison-durand", ORDER, "invoice", "2026-B000017", "1,139.93 EUR", "sent", "requested", AT.date(), AT),
        (ORDER, "2026-B000017", "1,139.93 EUR", "2026-11-22", TIME, "requested"),
    ),
    "held ones": (
        ("since", "seller", "order", "what", "why", "to do"),
        (AT, "maison-durand", ORDER, "invoice 000001", LONG, LONG),
        (ORDER, "invoice 000001", TIME),
    ),
    "many ids": (("one", "two", "three"), (REQUEST, REQUEST[::-1], ORDER), (REQUEST, REQUEST[::-1], ORDER)),
    "one very long word": (("fact", "value"), ("sku", "X" * 300), ()),
    "one very long word alone": (("fact",), ("X" * 300,), ()),
    "wide letters": (("fact", "value"), ("田中" * 60, LONG), ()),
}


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_fits_and_cuts_no_id(
    name: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns, row, whole = TABLES[name]
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(columns, [row, tuple("" for _ in row)])
    shown = capsys.readouterr().out
    assert max(map(columns_of, shown.splitlines())) <= width
    assert [each for each in whole if each not in shown] == []
    assert all(" ".join(shown.split()).count(word) >= LONG.split().count(word) for word in LONG.split() if LONG in row)
    assert "…" not in shown
    assert "\x1b" not in shown
    assert shown.count("X") in (0, 300)
    assert shown.count("田") in (0, 60)


def test_a_table_is_as_wide_as_elsewhere_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table(("value",), [(LONG * 3,)])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= WIDTH


def test_a_column_that_is_empty_or_left_out_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("seller", "order", "to do"), [("maison-durand", ORDER, "")], leave_out="seller")
    assert capsys.readouterr().out.split() == ["order", "─" * 19, ORDER]


def test_without_rows_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("seller", "order"), [], title="0 requests in the next 7 days")
    assert capsys.readouterr().out == "0 requests in the next 7 days\n"


def test_counts_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("orders", "why"), [(1200, "a"), (7, "b")])
    assert capsys.readouterr().out.splitlines()[2:] == [" 1,200  a", "     7  b"]


@pytest.mark.parametrize(("number", "shown"), [(0, "0 orders"), (1, "1 order"), (1200, "1,200 orders")])
def test_one_is_singular(number: int, shown: str) -> None:
    assert counted(number, "order") == shown


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], coloured: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"NO_COLOR": "", "TERM": "xterm", "COLUMNS": "80"} | environ).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(("", "check"), [(Toned("FAIL", Tone.WRONG), "worker")])
    assert ("\x1b[1;31mFAIL\x1b[0m  worker" in capsys.readouterr().out) is coloured


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        pytest.param("[marketplaceIds]", "[marketplaceIds]", id="square brackets"),
        pytest.param("SKU[/x]", "SKU[/x]", id="an end without a beginning"),
        pytest.param("[link=http://evil]click[/link]", "[link=http://evil]click[/link]", id="a link"),
        pytest.param("[bold red]", "[bold red]", id="a colour"),
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="an escape"),
        pytest.param("a\x1b]0;PWNED\x07b", "a\\x1b]0;PWNED\\x07b", id="a window's title"),
        pytest.param("a\r\nb\tc", "a  b c", id="line breaks"),
        pytest.param("a\u2028b\u00a0c", "a b c", id="odd spaces"),
        pytest.param("a\u202eb", "a\\u202eb", id="right to left"),
        pytest.param("M\udcfcller", "M\\udcfcller", id="half a character"),
        pytest.param("Müller 田中", "Müller 田中", id="letters"),
        pytest.param({"amount": Decimal("139.93"), "currency": "EUR"}, "139.93 EUR", id="money"),
        pytest.param(("A-1", "B-2"), "A-1, B-2", id="several"),
        pytest.param(True, "yes", id="a yes"),
        pytest.param(None, "", id="nothing"),
        pytest.param(Toned("a\x1b[2Jb", Tone.WELL), "a\\x1b[2Jb", id="a text with a colour"),
    ],
)
def test_a_cell_is_shown_as_it_is_and_has_no_effect(
    cell: object, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(("value", "end"), [(cell, "|"), ("x", "|")], title="[title]")
    out = capsys.readouterr().out
    assert "[title]" in out
    assert out.splitlines()[3].partition("|")[0].strip() == shown.strip()
    if isinstance(cell, str):
        say(cell)
        assert capsys.readouterr().out == f"{printable(cell)}\n"


def test_a_cell_of_a_csv_is_no_formula_and_an_amount_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        "=cmd|' C calc'!A0",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\n=1",
        "\uff1d1",
        "plain",
        AT,
        Decimal("-19.90"),
        None,
    ]
    print_csv(("cell",), [{"cell": each} for each in cells])
    read = [row["cell"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))]
    assert read == [
        "'=cmd|' C calc'!A0",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "'\rx",
        "'\n=1",
        "'\uff1d1",
        "plain",
        "2026-11-22 18:00:00",
        "-19.90",
        "",
    ]


def formatted(name: str, message: str, error: Exception | None = None) -> str:
    record = logging.LogRecord(name, logging.ERROR, "f.py", 1, message, (), None)
    if error:
        try:
            raise error
        except type(error) as raised:
            record.exc_info = (type(raised), raised, raised.__traceback__)
    return OneLine("%(levelname)-7s %(name)s  %(message)s").format(record)


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    forged = "no order\n2026-11-26 00:00:00,000 CRITICAL askonce.tasks  forged\x1b[31m"
    assert formatted("askonce.x", forged).count("\n") == 0
    assert "\x1b" not in formatted("askonce.x", forged)
    assert len(formatted("askonce.x", "x" * 1_000_000)) <= LONGEST


def test_a_bug_has_a_traceback_that_looks_like_no_event() -> None:
    first, *rest = formatted("askonce.x", "it broke", ValueError("a\n2026 CRITICAL forged")).splitlines()
    assert first == "ERROR   askonce.x  it broke"
    assert rest[0] == "  | Traceback (most recent call last):"
    assert all(line.startswith("  | ") for line in rest)


def test_a_librarys_trouble_with_a_server_is_one_line() -> None:
    said = formatted("celery.beat", "no message sent", OSError("Connection refused"))
    assert said == "ERROR   celery.beat  no message sent (OSError: Connection refused)"
