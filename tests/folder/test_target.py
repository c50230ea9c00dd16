"""The folder plans are written to: only what is ours is replaced, and a stop at any moment loses nothing."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from optimizer.audit.verify import verify
from optimizer.errors import InputError
from optimizer.folder.manifest import FORMAT, damage, read_manifest
from optimizer.folder.swap import NEW, OLD
from optimizer.folder.target import target
from optimizer.folder.write import write_plans
from optimizer.plans.plan import Plans
from tests.helpers.command import lodestar
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.written import contents, killed, left_over, plan_in, record

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills forks")
KILL, TERM, INT = signal.SIGKILL, signal.SIGTERM, signal.SIGINT


def check_target(folder: Path) -> None:
    """Hold a folder and let it go: refused where a plan could not be written to it."""
    with target(folder):
        pass


@pytest.fixture(scope="module")
def plans() -> Plans:
    """The plan that is written."""
    return plan(random_case(4), [])


@pytest.fixture(scope="module")
def written(plans: Plans, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old plan: the same, said to be interrupted."""
    folder = tmp_path_factory.mktemp("target") / "plan"
    plans.interrupted = True
    write_plans(plans, folder)
    plans.interrupted = False
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of it, with a neighbour that is nobody's business."""
    (tmp_path / "neighbour.txt").write_text("keep")
    (tmp_path / ".lodestar-mine").mkdir()
    (tmp_path / ".lodestar-mine" / "notes.txt").write_text("keep")
    return Path(shutil.copytree(written, tmp_path / "plan"))


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A mount point, which cannot be renamed."""
    place = tmp_path / "volume"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def refused(place: Path) -> str:
    """What is said of a folder that may not be replaced, with nothing in it touched."""
    before = sorted(place.iterdir()) if os.path.isdir(place) else None
    with pytest.raises(InputError) as caught:
        check_target(place)
    assert before == (sorted(place.iterdir()) if os.path.isdir(place) else None)
    (fault,) = caught.value.faults
    assert "\n" not in str(fault)
    return str(fault)


def put(name: str, text: str = "mine") -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    return damage


def linked(folder: Path) -> None:
    (folder / "costs.csv").rename(folder.parent / "costs.csv")
    (folder / "costs.csv").symlink_to(folder.parent / "costs.csv")


def unlisted(folder: Path) -> None:
    content = json.loads((folder / "manifest.json").read_text())
    del content["files"]["stock.csv"]
    (folder / "manifest.json").write_text(json.dumps(content))


def of_format(number: int) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**content, "format": number}))

    return damage


FOREIGN: list[tuple[str, Callable[[Path], None], str]] = [
    ("notes", put("notes.txt"), "'notes.txt'"),
    ("a hidden file", put(".git"), "'.git'"),
    ("notes on the case", put("case/notes.txt"), "'case/notes.txt'"),
    ("a folder", lambda f: (f / "empty").mkdir(), "'empty/'"),
    ("a file deep below", put("src/main.js"), "'src/'"),
    ("a report of one's own", put("report.html", "<!doctype html>mine"), "'report.html'"),
    ("a link", linked, "'costs.csv'"),
    ("a table that is not listed", unlisted, "'stock.csv'"),
    ("a manifest of another", put("manifest.json", '{"name": "webapp"}'), "manifest.json that is none of ours"),
    ("a manifest that looks like ours", put("manifest.json", '{"format": 2, "case": "x"}'), "none of ours"),
    ("no manifest", lambda f: (f / "manifest.json").unlink(), "found other files"),
    ("a newer format", of_format(FORMAT + 1), f"expected {FORMAT}, found {FORMAT + 1}; it needs a newer Lodestar"),
    ("a manifest in pieces", put("manifest.json", f'{{"format": {FORMAT}, '), "none of ours"),
]


@pytest.mark.parametrize(("what", "damage", "said"), FOREIGN, ids=[foreign[0] for foreign in FOREIGN])
def test_what_is_not_ours_is_not_replaced(what: str, damage: Callable[[Path], None], said: str, folder: Path) -> None:
    damage(folder)
    assert said in refused(folder)


def test_places_that_cannot_be_written_are_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "below")
    for place, said in (
        (tmp_path / "file", "found a file"),
        (tmp_path / "pipe", "found something else"),
        (tmp_path / "nowhere", "a link that leads nowhere"),
        (tmp_path / "circle", ""),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "file" / "plan", "Not a directory"),
        (Path("."), "the one this runs in"),
        (tmp_path / "here", "the one this runs in"),
        (Path("/"), "the one this runs in"),
        (Path("/proc/plan"), "cannot be written"),
        (tmp_path / "a\0b", "cannot be written"),
    ):
        assert said in refused(place), place
    assert left_over(tmp_path / "here") == []


def test_no_folder_is_made_for_what_is_never_written(tmp_path: Path) -> None:
    check_target(tmp_path / "deep" / "down" / "plan")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_link_is_followed(plans: Plans, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    before = plan_in(folder)
    write_plans(plans, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert plan_in(folder) != before
    assert verify(tmp_path / "link").holds


def test_a_folder_keeps_its_permissions(plans: Plans, folder: Path) -> None:
    folder.chmod(0o750)
    write_plans(plans, folder)
    assert folder.stat().st_mode & 0o777 == 0o750


@pytest.mark.slow
def test_a_folder_of_an_older_format_is_ours_by_its_names(plans: Plans, folder: Path) -> None:
    content = json.loads((folder / "manifest.json").read_text())
    for name in ("files", "plan_sha256", "scenarios_sha256", "answers"):
        del content[name]
    (folder / "manifest.json").write_text(json.dumps({**content, "format": 2}))
    (folder / "report.html").write_text("<!doctype html>")
    put("notes.txt")(folder)
    assert "'notes.txt'" in refused(folder)
    (folder / "notes.txt").unlink()
    write_plans(plans, folder)
    assert verify(folder).holds
    assert not (folder / "report.html").exists(), "no old report beside a new plan"


def test_a_folder_of_an_older_format_that_lists_its_files_is_ours_by_its_list(plans: Plans, folder: Path) -> None:
    content = json.loads((folder / "manifest.json").read_text())
    for answer in content["certificates"]:
        del answer["cost"]
    listed = {name: digest for name, digest in content["files"].items() if name != "stock.csv"}
    older = {**content, "format": 3, "files": {**listed, "notes.txt": "0"}}
    (folder / "manifest.json").write_text(json.dumps(older))
    with pytest.raises(InputError, match="plan the case again"):
        verify(folder)
    assert "'stock.csv'" in refused(folder), "it is not listed"
    (folder / "stock.csv").unlink()
    put("notes.txt")(folder)
    assert "'notes.txt'" in refused(folder), "no list makes that one of ours"
    (folder / "notes.txt").unlink()
    write_plans(plans, folder)
    assert verify(folder).holds


def survived(plans: Plans, place: Path, old: str | None, new: str) -> None:
    """After a stop a folder is absent, old or new, or says that it is unfinished; the next run mends it, leaving nothing."""
    if place.exists() and plan_in(place) is None and any(place.iterdir()):
        with pytest.raises(InputError, match="unfinished"):
            verify(place)
    elif place.exists() and any(place.iterdir()):
        whole(place, old, new)
    with target(place):
        if old is not None:
            assert plan_in(place) is not None, "it is back before anything is solved"
        if place.exists() and plan_in(place) is not None:
            whole(place, old, new)
    write_plans(plans, place)
    whole(place, new)
    assert left_over(place) == [".lodestar-mine"]
    assert (place.parent / "neighbour.txt").read_text() == "keep"
    assert (place.parent / ".lodestar-mine" / "notes.txt").read_text() == "keep"


def whole(place: Path, *plans: str | None) -> None:
    """A folder holds one of the plans, and all of it."""
    manifest = read_manifest(place)
    assert manifest.plan_sha256 in plans
    assert list(damage(place, manifest)) == []


@pytest.fixture(scope="module")
def new(plans: Plans, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the plan that is written over the old one."""
    folder = tmp_path_factory.mktemp("new") / "plan"
    write_plans(plans, folder)
    return str(plan_in(folder))


def steps(write: Callable[[], object]) -> list[str]:
    """The steps in which something is written."""
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        record(patch, found)
        write()
    return found


def at(names: list[str], *wanted: str) -> list[int]:
    """Numbers of the steps of these kinds, and the one before the last."""
    return [number for number, name in enumerate(names) if name in wanted]


@pytest.mark.slow
def test_a_run_killed_while_it_writes_leaves_the_old_or_the_new_plan(
    plans: Plans, folder: Path, new: str, tmp_path: Path
) -> None:
    old, write = plan_in(folder), partial(write_plans, plans, folder)
    kept = contents(folder)
    names = steps(write)
    swaps = at(names, "rename", "replace")
    removed = at(names, "unlink")
    for number, how in zip(
        [0, *swaps, *(some + 1 for some in swaps), removed[2], removed[len(removed) // 2], len(names) - 2],
        itertools.cycle([KILL, TERM, INT]),
        strict=False,
    ):
        shutil.rmtree(folder)
        put_back(kept, folder)
        assert killed(write, number, how), names[number]
        survived(plans, folder, old, new)


@pytest.mark.slow
@pytest.mark.parametrize("how", [KILL, TERM, INT])
def test_a_first_run_killed_leaves_nothing_or_the_plan(
    plans: Plans, new: str, how: signal.Signals, folder: Path
) -> None:
    place = folder.parent / "first"
    write = partial(write_plans, plans, place)
    names = steps(write)
    for number in (2, at(names, "rename")[-1], len(names) - 1):
        shutil.rmtree(place)
        assert killed(write, number, how), names[number]
        survived(plans, place, None, new)


@pytest.mark.slow
def test_a_mount_point_killed_at_any_step_never_ends_empty(
    plans: Plans, new: str, written: Path, folder: Path, volume: Path
) -> None:
    write = partial(write_plans, plans, volume)
    (volume / "lost+found").mkdir()
    write()
    whole(volume, new)
    kept = contents(written)
    names = steps(write)
    swaps = at(names, "rename")
    assert len(swaps) > 40
    for number, how in zip(
        [0, *swaps[::9], swaps[1], swaps[-1], swaps[-1] + 1, len(names) - 9], itertools.cycle([KILL, INT]), strict=False
    ):
        for path in volume.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        put_back(kept, volume)
        assert killed(write, number, how), names[number]
        survived(plans, volume, plan_in(written), new)


def put_back(kept: dict[str, bytes] | None, folder: Path) -> None:
    """Write a folder again as it was."""
    for name, content in (kept or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_an_empty_mount_point_takes_a_plan(plans: Plans, new: str, folder: Path, volume: Path) -> None:
    write = partial(write_plans, plans, volume)
    names = steps(write)
    whole(volume, new)
    for number in (at(names, "rename")[3], at(names, "rename")[-1]):
        for path in volume.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        assert killed(write, number, KILL)
        with pytest.raises(InputError, match="unfinished"):
            read_manifest(volume)
        check_target(volume)
        whole(volume, new)


FAULTS = [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError(), SystemExit(143)]


@pytest.mark.slow
@pytest.mark.parametrize("mounted", [False, True])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_between_the_steps_puts_the_old_plan_back(
    plans: Plans, fault: BaseException, mounted: bool, request: pytest.FixtureRequest
) -> None:
    old = request.getfixturevalue("folder")
    folder = request.getfixturevalue("volume") if mounted else old
    write = partial(write_plans, plans, folder)
    kept = contents(old)
    names = steps(write)
    for number in (10, *at(names, "rename")[::5], at(names, "rename")[-1]):
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        put_back(kept, folder)
        with pytest.MonkeyPatch.context() as patch:
            record(patch, [], number, fault)
            with pytest.raises((InputError, type(fault))) as caught:
                write()
        if isinstance(fault, OSError):
            assert str(caught.value).endswith("cannot be written: No space left on device")
        assert contents(folder) == kept
        assert left_over(folder) == [".lodestar-mine"]


def test_a_full_disk_leaves_the_old_plan(plans: Plans, written: Path, volume: Path) -> None:
    shutil.copytree(written, volume, dirs_exist_ok=True)
    (volume / "costs.csv").write_bytes((volume / "costs.csv").read_bytes())
    kept = contents(volume)
    room = shutil.disk_usage(volume).free
    ballast = volume / "lost+found"
    ballast.mkdir()
    (ballast / "ballast").write_bytes(bytes(room - 50_000))
    with pytest.raises(InputError, match="No space left on device"):
        write_plans(plans, volume)
    shutil.rmtree(ballast)
    assert contents(volume) == kept


@pytest.mark.slow
@pytest.mark.parametrize("error", [errno.EBUSY, errno.EXDEV])
def test_a_folder_that_turns_out_not_to_move_is_filled_in_place(
    plans: Plans, new: str, folder: Path, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one bound from the same file system, which does not look like a mount point."""
    rename = os.rename

    def fixed(source: Path, to: Path) -> None:
        if folder in (Path(source), Path(to)):
            raise OSError(error, os.strerror(error))
        rename(source, to)

    monkeypatch.setattr(os, "rename", fixed)
    write_plans(plans, folder)
    whole(folder, new)
    assert left_over(folder) == [".lodestar-mine"]
    put("notes.txt")(folder)
    assert "'notes.txt'" in refused(folder)


def test_a_place_that_cannot_be_written_is_refused_before_solving(written: Path, volume: Path) -> None:
    shutil.copytree(written, volume / "plan")
    subprocess.run(["mount", "-o", "remount,ro", str(volume)], check=True)
    for place in (volume, volume / "plan", volume / "new", volume / "a" / "b"):
        with pytest.raises(InputError, match=r"cannot be written: Read-only file system|found other files"):
            check_target(place)
    verify(volume / "plan")


def test_a_volume_among_things_that_cannot_be_written_takes_a_plan(
    plans: Plans, new: str, volume: Path, request: pytest.FixtureRequest
) -> None:
    inner = volume / "inner"
    inner.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(inner)], check=True)
    request.addfinalizer(partial(subprocess.run, ["umount", str(inner)], check=True))
    subprocess.run(["mount", "-o", "remount,ro", str(volume)], check=True)
    for _ in range(2):
        with target(inner) as place:
            with pytest.raises(InputError, match="another run is writing to it"):
                check_target(inner)
            write_plans(plans, place)
        whole(inner, new)
    assert [path for path in inner.iterdir() if path.name.startswith(".")] == []


def test_what_somebody_puts_in_during_the_run_stays(plans: Plans, folder: Path) -> None:
    before = plan_in(folder)
    with target(folder) as place:
        put("notes.txt")(folder)
        with pytest.raises(InputError, match=r"'notes\.txt'"):
            write_plans(plans, place)
    assert (folder / "notes.txt").read_text() == "mine"
    assert plan_in(folder) == before


def test_leftovers_that_hold_anything_else_are_not_removed(plans: Plans, folder: Path) -> None:
    for name in (NEW, OLD):
        put(f"{name}/notes.txt")(folder)
        assert "holds notes.txt" in refused(folder)
        shutil.rmtree(folder / name)


@pytest.mark.slow
def test_two_runs_at_once(plans: Plans, folder: Path, volume: Path) -> None:
    for place in (folder, folder.parent / "absent", volume):
        with target(place):
            with pytest.raises(InputError, match="another run is writing to it"):
                write_plans(plans, place)
            with target(place.parent / f"{place.name}-2"):
                pass
            done = lodestar("plan", str(CASES / "toy"), "--out", str(place), code=2)
            assert done.stderr.endswith("another run is writing to it; wait for its end, or name another folder\n")
        write_plans(plans, place)


def test_a_lock_dies_with_its_process(plans: Plans, folder: Path) -> None:
    def hold() -> None:
        with target(folder):
            os.rename(folder / "gone", folder / "going")  # the step at which it is killed

    assert killed(hold, at(steps(lambda: check_target(folder)), "unlink")[-1], KILL)
    check_target(folder)
    assert left_over(folder) == [".lodestar-mine"]


@pytest.mark.slow
def test_the_command_refuses_a_foreign_manifest(tmp_path: Path) -> None:
    case = Path(shutil.copytree(CASES / "out-foreign-manifest", tmp_path / "case"))
    before = contents(case)
    done = lodestar("plan", ".", "-s", "quiet.yaml", "--out", "webapp", cwd=case, code=2)
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "InputError: webapp: expected a new or empty folder, or one written before, found a manifest"
    )
    assert contents(case) == before
