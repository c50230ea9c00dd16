"""Zips that mean no good: nothing is written outside, and nothing grows without bound."""

from __future__ import annotations

import contextlib
import io
import stat
import tempfile
import zipfile
from pathlib import Path

import httpx
import pytest

from optimizer.errors import CaseError
from optimizer.service.checks.archive import Bounds, unpack

BOUNDS = Bounds(files=20, unpacked=1_000_000)


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def raw_name(name: bytes) -> bytes:
    """A zip with a name that `zipfile` would not write."""
    plain = b"x" * len(name)
    return zipped((plain.decode(), b"x")).replace(plain, name)


def kind(mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("case.yaml")
    info.create_system, info.external_attr = 3, mode << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        "../case.yaml", "/case.yaml", "a/../../case.yaml", "..", "a/..", "C:case.yaml", "C:\\case.yaml", "..\\case.yaml",
        "a//case.yaml", "./case.yaml", "case.yaml\n", "case\u202eyaml", "cafe\u0301.csv", "\uff0fetc\uff0fpasswd", "con.csv",
        "a/nul", "x" * 300 + ".csv", "a/b/c/d/e/f/g/h/i/j.csv", " case.yaml", "case.yaml ", "case.yaml.", "~$/../x", "-\x1b[2J",
    ],
)  # fmt: skip
def test_names_that_are_ways_are_refused(name: str, tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    with pytest.raises(CaseError):
        unpack(zipped((name, b"x"), ("sites.csv", b"x")), inside, BOUNDS)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_names_that_zips_cannot_have_are_refused(tmp_path: Path) -> None:
    for name in (b"case\x00.yaml", b"..\x00/x.csv", b"caf\xff.csv"):
        with pytest.raises(CaseError):
            unpack(raw_name(name), tmp_path, BOUNDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_what_is_no_plain_file_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="link or a device"):
        unpack(zipped((kind(mode), b"/etc/passwd")), tmp_path, BOUNDS)
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_refused_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    bomb = zipped(("case.yaml", b"\0" * 30_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(CaseError, match="1,000,000 in all"):
        unpack(bomb, tmp_path, BOUNDS)
    lying = bomb.replace((30_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(CaseError):
        unpack(lying, tmp_path, BOUNDS)
    many = zipped(*((f"{number}.csv", b"\0" * 300_000) for number in range(10)))
    with pytest.raises(CaseError, match="1,000,000 in all"):
        unpack(many, tmp_path, BOUNDS)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000_000


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="at most 20 files, found 21"):
        unpack(zipped(*((f"{number}.csv", b"") for number in range(21))), tmp_path, BOUNDS)


def test_packings_that_take_memory_as_they_like_are_refused(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        with pytest.raises(CaseError, match="stored or deflated"):
            unpack(zipped(("case.yaml", b"x"), method=method), tmp_path, BOUNDS)


def test_a_file_comes_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="each file once"):
        unpack(zipped(("case.yaml", b"x"), ("Case.yaml", b"y")), tmp_path, BOUNDS)


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    whole = zipped(("case.yaml", b"words" * 1000), ("sites.csv", b"site\n" * 1000))
    damaged = [b"", b"PK", whole[:50], whole[10:], whole[:-30], bytes(200)]
    damaged += [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(0, len(whole), 3)]
    for data in damaged:
        with contextlib.suppress(CaseError):  # nothing else may come of it
            unpack(data, tmp_path, BOUNDS)
    with pytest.raises(CaseError, match="found none"):
        unpack(zipped(), tmp_path, BOUNDS)


def test_a_bad_zip_is_a_problem_with_a_fault(one: httpx.Client) -> None:
    for data in (b"", b"no zip", zipped(("../case.yaml", b"x")), zipped(("case.yaml", b"a: &x [*x]"))):
        refused = one.put("/v1/cases/bad", content=data, headers={"Content-Type": "application/zip"})
        assert refused.status_code == 422
        assert refused.json()["faults"][0]["text"]
    assert one.get("/v1/cases/bad").status_code == 404


def test_a_zip_without_settings_is_told_what_it_lacks(one: httpx.Client) -> None:
    for files, found in (((("sites.csv", b"site\n"),), "case.yaml"), ((("Case.yaml", b"x: 1\n"),), "bad/Case.yaml")):
        refused = one.put("/v1/cases/bad", content=zipped(*files), headers={"Content-Type": "application/zip"})
        (fault,) = refused.json()["faults"]
        assert found in fault["text"]
        assert tempfile.gettempdir() not in refused.text
