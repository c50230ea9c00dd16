"""A plan that came as a zip lands whole in its folder, and nowhere else."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from optimizer.client.archive import unpack
from optimizer.errors import InputError


def zipped(*names: str, mode: int = 0o644) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, "text")
    return body.getvalue()


def test_a_plan_is_unpacked(tmp_path: Path) -> None:
    unpack(zipped("plan/manifest.json", "plan/inputs/case.yaml"), tmp_path / "to" / "here")
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"to/here/manifest.json", "to/here/inputs/case.yaml"}


@pytest.mark.parametrize(
    "names",
    [
        ("plan/../../out",),
        ("/plan/out",),
        ("out",),
        ("plan",),
        ("C:/plan/out",),
        ("plan\\..\\out",),
        ("plan/a", "../out"),
        ("plan/a", "plan/a/b"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_nothing_else_is(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        unpack(zipped(*names), tmp_path / "here")
    assert not list(tmp_path.iterdir())


def test_no_link_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unexpected file"):
        unpack(zipped("plan/link", mode=stat.S_IFLNK | 0o777), tmp_path / "here")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("body", [b"", b"PK", zipped("plan/a")[:-8]])
def test_a_damaged_zip(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(InputError, match="expected a zip"):
        unpack(body, tmp_path / "here")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_free_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    for taken in (tmp_path, tmp_path / "kept"):
        with pytest.raises(InputError, match="expected a folder that is empty or not there"):
            unpack(zipped("plan/a"), taken)
    assert (tmp_path / "kept").read_text() == "mine"
