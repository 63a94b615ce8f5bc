"""Users as people have them: a password typed at a terminal, which does not show it, and a page over TLS."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from select import select
from ssl import create_default_context

import httpx2
import pytest
from trustme import CA

from marketplace.simulator.process import SimulatorProcess
from tests.ports import free_port
from tests.worker.seller_folder import SELLER, Folder, amazon, delivered, selling, until

PASSWORD = "a-long-invented-one"


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(delivered(1)) as process:
        yield process


@pytest.fixture
def folder(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Folder]:
    with selling(tmp_path, simulator.url, "maison-durand", "lumiere", more={"WEB_PORT": str(free_port())}) as made:
        yield made


def typed(folder: Folder, line: str, *answers: str) -> tuple[int, str]:
    """Exit code and all that the terminal showed, as this is typed, and then these, one at each prompt."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", *line.split()],
        cwd=folder.path,
        env=folder.environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, left = "", list(answers)
    try:
        while select([ours], [], [], 60)[0] and (some := os.read(ours, 65536).decode()):
            said += some
            if left and said.rstrip().endswith(":"):
                time.sleep(0.2)  # the prompt is shown just before the echo ends
                os.write(ours, f"{left.pop(0)}\n".encode())
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)  # which ends whoever still waits for an answer
    return process.wait(), said


def test_a_password_is_typed_twice_and_never_shown(folder: Folder) -> None:
    code, said = typed(folder, "user add anna --role admin", PASSWORD, PASSWORD)
    assert code == 0, said
    assert "anna, admin, sees all sellers, and may log in" in said
    assert PASSWORD not in said
    code, said = typed(folder, "user password anna", PASSWORD, "another-invented-one", PASSWORD, PASSWORD)
    assert (code, "do not match" in said) == (0, True)
    assert PASSWORD not in said
    assert PASSWORD not in str(folder.rows("SELECT * FROM users")) + str(folder.rows("SELECT * FROM acts"))


def test_what_cannot_be_is_said_with_what_to_type(folder: Folder) -> None:
    def said(*words: str, expect: int, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "worker", "user", *words],
            cwd=folder.path,
            env=folder.environ,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done.stderr

    new = ("add", "bruno", "--role", "viewer")
    assert "Type: --password-stdin" in said(*new, expect=2)
    assert "needs at least 12 characters" in said(*new, "--password-stdin", expect=1, stdin="short\n")
    assert "Type: --seller lumiere" in said(*new, "--seller", "lumiere-2", "--password-stdin", expect=2)
    assert "No such option" in said(*new, "--password", PASSWORD, expect=2)
    said(*new, "--seller", "lumiere", "--password-stdin", expect=0, stdin=f"{PASSWORD}\n")
    assert "there is a user bruno" in said(*new, "--password-stdin", expect=1, stdin=PASSWORD)
    assert "there is no user eve. Type: askonce user list" in said("remove", "eve", expect=1)
    (user,) = folder.json("user", "list")["users"]
    assert (user["name"], user["role"], user["sellers"], user["locked_until"]) == ("bruno", "viewer", ["lumiere"], None)


def test_users_log_in_over_tls_and_a_client_sees_his_shop(folder: Folder) -> None:
    authority = CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder.path / "page.pem"))
    trusting = create_default_context()
    authority.configure_trust(trusting)
    for words in ("anna --role admin", "bruno --role viewer --seller lumiere"):
        subprocess.run(
            [sys.executable, "-m", "worker", "user", "add", *words.split(), "--password-stdin"],
            cwd=folder.path,
            env=folder.environ,
            input=PASSWORD.encode(),
            check=True,
        )
    started = folder.start("web", "--host", "0.0.0.0", "--tls-cert", "page.pem", "--tls-key", "page.pem")
    port = folder.variables["WEB_PORT"]
    until(lambda: f"The page: https://127.0.0.1:{port}" in started.stdout())
    assert "token" not in started.stdout()
    with (
        httpx2.Client(base_url=f"https://localhost:{port}", verify=trusting, timeout=30) as anna,
        httpx2.Client(base_url=f"https://localhost:{port}", verify=trusting, timeout=30) as bruno,
    ):
        for name, client in (("anna", anna), ("bruno", bruno)):
            assert client.get("/status.json").status_code == 401
            assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        assert {each["seller"] for each in anna.get("/status.json").json()["sellers"]} == {SELLER, "lumiere"}
        assert {each["seller"] for each in bruno.get("/status.json").json()["sellers"]} == {"lumiere"}
        assert folder.askonce("user", "remove", "bruno").returncode == 0
        assert bruno.get("/status.json").status_code == 401
        assert anna.get("/status.json").status_code == 200
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"http://localhost:{port}/", timeout=30)
    assert started.stop() == 0, started.stderr()
    assert "Traceback" not in started.stderr()
    assert PASSWORD not in started.stdout() + started.stderr()
