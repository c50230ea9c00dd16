"""The commands of the service as they are typed: what they print, whom they let in, and how they end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from optimizer.interfaces import extras
from tests.helpers.command import RUN, lodestar_here
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command, running; ended at the end of the block."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*RUN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str], until: str) -> list[str]:
    """Lines that it prints up to one that begins with some words."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(until):
            return lines
    raise AssertionError(f"it ended: {process.stderr.read() if process.stderr else ''}")


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_it_answers_and_stops_in_order(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "data"
    with started("serve", "--port", "0", "--data", str(data)) as process:
        answers, lies, key, _ = said(process, "Ctrl-C")
        url, secret = answers.split(" at ")[1], key.split(": ")[1]
        assert lies == f"Data: {data / 'lodestar.db'}"
        assert httpx.get(f"{url}/healthz", timeout=60).json() == {"status": "ok"}
        about = httpx.get(f"{url}/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=60).json()
        assert set(about["scopes"]) == {"read", "plan", "admin"}
        time.sleep(0.5)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out.startswith("Stopping: ")
    assert "Traceback" not in err
    assert secret not in err
    assert all(json.loads(line)["level"] == "info" for line in err.splitlines())
    listed = json.loads(lodestar_here("keys", "list", "--data", str(data), "--json").stdout)
    assert [key["label"] for key in listed["keys"]] == ["first"]
    with started("serve", "--port", "0", "--data", str(data), "--workers", "0") as process:
        assert not [line for line in said(process, "Ctrl-C") if line.startswith("First key")]


@pytest.mark.slow
def test_a_demo_leaves_nothing() -> None:
    with started("serve", "--demo", "--port", "0", "--workers", "0") as process:
        answers, lies, _ = said(process, "Ctrl-C")
        folder = Path(lies.removeprefix("Data: ")).parent
        assert folder.is_dir()
        home = httpx.get(answers.split(" at ")[1], timeout=60)
        assert (home.status_code, "ev-motors" in home.text) == (200, True)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert not folder.exists()


@pytest.mark.slow
def test_a_worker_stops_in_order(tmp_path: Path) -> None:
    with started("worker", "--data", str(tmp_path)) as process:
        said(process, "Lodestar")
        time.sleep(0.5)
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 143


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = lodestar_here("serve", "--port", str(port), "--data", str(tmp_path), code=2)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"InputError: 127.0.0.1:{port}: address already in use; choose another port")
    assert not list(tmp_path.iterdir())


def test_a_host_that_there_is_not(tmp_path: Path) -> None:
    done = lodestar_here("serve", "--host", "no such host", "--data", str(tmp_path), code=2)
    assert "no such address" in done.stderr


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["keys", "list"]])
def test_an_extra_that_is_missing(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda package: None if package == "fastapi" else object())
    (line,) = lodestar_here(*command, code=2).stderr.splitlines()
    assert "pip install 'lodestar-optimizer[server]'" in line


@pytest.mark.parametrize("address", ["mysql://here/x", "no address", "sqlite://"])
def test_a_database_that_is_none(address: str) -> None:
    done = lodestar_here("serve", "--port", "0", "--database", address, code=2)
    assert "expected sqlite:///PATH or postgresql://USER@HOST/NAME" in done.stderr


def test_a_database_that_is_away() -> None:
    done = lodestar_here("keys", "list", "--database", "postgresql://u:geheim@127.0.0.1:1/x", code=3)
    assert "the database cannot be reached" in done.stderr
    assert "geheim" not in done.stderr


def test_keys_and_tenants(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    assert lodestar_here("keys", "tenant", "desk", "--queued", "3", *data).stdout.startswith("Made: desk (queued 3, ")
    made = lodestar_here("keys", "make", "--tenant", "desk", "--scope", "read", "--label", "tool", *data).stdout
    secret, id = (line.split(": ")[1] for line in made.splitlines())
    assert secret.startswith("ls_")
    listed = lodestar_here("keys", "list", *data).stdout
    assert id in listed
    assert secret not in listed
    assert lodestar_here("keys", "revoke", id, *data).stdout == f"Revoked: {id}\n"
    (key,) = json.loads(lodestar_here("keys", "list", *data, "--json").stdout)["keys"]
    assert key["revoked"]
    assert lodestar_here("keys", "tenant", "desk", "--running", "2", *data).stdout.startswith("Changed: desk")
    (tenant,) = json.loads(lodestar_here("keys", "tenants", *data, "--json").stdout)["tenants"]
    assert (tenant["queued"], tenant["running"]) == (3, 2)
    wrong = lodestar_here("keys", "make", "--tenant", "desc", *data, code=2).stderr
    assert "Did you mean 'desk'?" in wrong
    assert "Did you mean 'plan'?" in lodestar_here("keys", "make", "--scope", "plam", *data, code=2).stderr
    assert "no key nothing" in lodestar_here("keys", "revoke", "nothing", *data, code=2).stderr


@pytest.mark.slow
def test_a_key_before_the_service_is_the_first(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    assert lodestar_here("keys", "make", *data).stdout.startswith("Key, shown only now: ls_")
    with started("serve", "--port", "0", "--workers", "0", *data) as process:
        assert not [line for line in said(process, "Ctrl-C") if line.startswith("First key")]


def test_where_data_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optimizer.service.start import data_folder

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "lodestar"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")  # to be passed over, by the custom
    assert data_folder() == Path.home() / ".local" / "share" / "lodestar"
