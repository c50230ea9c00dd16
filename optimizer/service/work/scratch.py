"""The folder that a job is done in: its task and what was kept go in, answers, a compiled case and results come out."""

from __future__ import annotations

import contextlib
import json
import mimetypes
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.service.store.records import Ending, KeptAnswer, PartFile

PREFIX = "lodestar-worker-"
"""What the folders of workers are called, before the id of their process."""
ANSWER = re.compile(r"[A-Za-z0-9._+-]{1,200}\.(npz|parquet|zip)")
"""Files of finished answers: of a plan one each, of a study its blocks and what they begin with."""
NPZ = ".npz"
MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".npz": "application/octet-stream",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Scratch:
    """A folder for one job.

    Parameters
    ----------
    home : Path
        Where to make it.
    task : dict
        What is to be done.
    kept : sequence of KeptAnswer
        Answers that were finished before.
    compiled : mapping
        Files of the compiled case by name; none if it is not kept.
    """

    def __init__(
        self, home: Path, task: dict[str, Any], kept: Sequence[KeptAnswer], compiled: Mapping[str, bytes]
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=home))
        self._seen = {_file_of(answer.name) for answer in kept}
        self._compiled = dict(compiled)
        (self.folder / "answers").mkdir()
        (self.folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
        for answer in kept:
            (self.folder / "answers" / _file_of(answer.name)).write_bytes(answer.body)
        for name, body in compiled.items():
            path = self.folder / "compiled" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)

    def answers(self) -> list[KeptAnswer]:
        """Answers that have been finished and were not given before."""
        new = [path for path in sorted((self.folder / "answers").iterdir()) if path.name not in self._seen]
        found = [path for path in new if ANSWER.fullmatch(path.name)]
        return [KeptAnswer(path.name.removesuffix(NPZ), path.read_bytes()) for path in found]

    def taken(self, answers: Sequence[KeptAnswer]) -> None:
        """Do not give answers again."""
        self._seen |= {_file_of(answer.name) for answer in answers}

    def compiled(self) -> dict[str, bytes]:
        """Files of the compiled case that were made here, once."""
        folder = self.folder / "compiled"
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
        made = {name: body for name, body in files.items() if self._compiled.get(name) != body}
        self._compiled |= made
        return made

    def parts(self) -> list[PartFile]:
        """Results."""
        folder = self.folder / "parts"
        return [PartFile(path.relative_to(folder).as_posix(), media_type(path), path) for path in _files(folder)]

    def ending(self) -> tuple[Ending, dict[str, Any] | None] | None:
        """How the child says that it ended, and the problem if it failed; None if it does not say."""
        try:
            said = json.loads((self.folder / "ending.json").read_text(encoding="utf-8"))
            if said["state"] == "failed":
                return Ending("failed"), dict(said["problem"])
            return Ending("succeeded", int(said["not_certified"]), bool(said["interrupted"])), None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _file_of(name: str) -> str:
    """The file of an answer that is kept."""
    return name if ANSWER.fullmatch(name) else f"{name}{NPZ}"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def media_type(path: Path) -> str:
    """Media type of a file, by its name."""
    known = MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return known or "application/octet-stream"


def home_of_worker(where: Path | None) -> Path:
    """Make the folder of this process for its jobs, and remove those of processes that have died."""
    where = Path(tempfile.gettempdir()) if where is None else where
    where.mkdir(parents=True, exist_ok=True)
    for left in where.glob(f"{PREFIX}*"):
        with contextlib.suppress(ValueError):
            if not _lives(int(left.name[len(PREFIX) :].partition("-")[0])):
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=where))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
