"""Damage done at random to a folder of inputs or results: to bytes, cells, lines and files. The same seed does the same."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

CELLS = (
    "", " ", "-1", "0", "1e300", "1e999", "-1e-300", "nan", "inf", "010", "1_000", "1:30", "0x1F", "true", "12.0.0", "\uff19",
    "2027-02-30", "9999-12-31", "0001-01-01", "20270101", "1798761600", "CN", "EL", "XX", "*", "magnet", "=1+1", "'x", "@a",
    "a;b", "Nd=1", "Nd=.", "Nd=0.9; Dy=0.9", "\u202e", "\ufeff", "\x1b[2J", "\x07", "é" * 90, "x" * 5000, '"', "a,b", "\r", "\u2028",
)  # fmt: skip
"""What is written into a cell, or over a few letters of a text."""
WORDS = (
    "- {}", "[", "{", "!!python/object:os.system x", "&a [*a]", "a: b: c", "\t", "? x", "null", "~", "--- ", "<<: 1", "9" * 400, "'", "#",
)  # fmt: skip
"""What is written into a YAML or JSON text besides."""

Mutation = Callable[[random.Random, Path], None]


def _files(folder: Path) -> list[Path]:
    """Every file of a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _text(path: Path) -> str:
    """A file as text in which every byte is one letter."""
    return path.read_bytes().decode("latin-1")


def _put(path: Path, text: str) -> None:
    """The opposite; letters that are no bytes go in as UTF-8."""
    path.write_bytes(b"".join(letter.encode("latin-1") if ord(letter) < 256 else letter.encode() for letter in text))


def write_byte(chance: random.Random, path: Path) -> None:
    """One byte becomes another."""
    data = bytearray(path.read_bytes() or b"x")
    data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(bytes(data))


def write_digit(chance: random.Random, path: Path) -> None:
    """One digit becomes another, as in a figure improved by hand."""
    text = _text(path)
    digits = [place for place, letter in enumerate(text) if letter.isdigit() and letter.isascii()]
    if not digits:
        return write_byte(chance, path)
    place = chance.choice(digits)
    other = chance.choice([digit for digit in "0123456789" if digit != text[place]])
    return _put(path, text[:place] + other + text[place + 1 :])


def write_cell(chance: random.Random, path: Path) -> None:
    """A cell of a table, or a few letters of another text, become something that does not belong there."""
    lines = _text(path).split("\n")
    row = chance.randrange(len(lines))
    if path.suffix == ".csv":
        cells = lines[row].split(",")
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        lines[row] = ",".join(cells)
    else:
        at, length = chance.randrange(len(lines[row]) + 1), chance.randrange(9)
        lines[row] = lines[row][:at] + chance.choice(CELLS + WORDS) + lines[row][at + length :]
    _put(path, "\n".join(lines))


def swap_cells(chance: random.Random, path: Path) -> None:
    """Two cells of a line change places."""
    lines = _text(path).split("\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(",")
    a, b = chance.randrange(len(cells)), chance.randrange(len(cells))
    cells[a], cells[b] = cells[b], cells[a]
    lines[row] = ",".join(cells)
    _put(path, "\n".join(lines))


def move_lines(chance: random.Random, path: Path) -> None:
    """A line is lost, comes twice, or stands elsewhere."""
    lines = _text(path).split("\n")
    line = lines.pop(chance.randrange(len(lines)))
    for _ in range(chance.randrange(3)):
        lines.insert(chance.randrange(len(lines) + 1), line)
    _put(path, "\n".join(lines))


def cut(chance: random.Random, path: Path) -> None:
    """The end of a file is missing."""
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data) + 1)])


def separate(chance: random.Random, path: Path) -> None:
    """Other separators, line ends or another encoding, as other programmes write them."""
    text = _text(path)
    ways = [
        lambda: text.replace(",", ";"),
        lambda: text.replace(",", "\t"),
        lambda: text.replace("\n", "\r"),
        lambda: text.replace("\n", ",,\n"),
        lambda: text.replace(".", ","),
    ]
    if chance.random() < 0.2:
        path.write_bytes(text.encode(chance.choice(["utf-16", "utf-32", "utf-8-sig"])))
    else:
        _put(path, chance.choice(ways)())


def lose(chance: random.Random, path: Path) -> None:
    """A file is gone, or a folder stands in its place."""
    path.unlink()
    if chance.random() < 0.3:
        path.mkdir()


def rename(chance: random.Random, path: Path) -> None:
    """A file is called otherwise, as after a copy or a mail."""
    names = [
        path.name.upper(),
        f"{path.name}.txt",
        f"{path.stem} (2){path.suffix}",
        f"{path.stem}.xlsx",
        f"Copy of {path.name}",
    ]
    path.rename(path.with_name(chance.choice(names)))


def add(chance: random.Random, path: Path) -> None:
    """A file more: a copy under another name, an empty one, or one with the words of another table."""
    name = chance.choice(
        ["limits.CSV", "offers 2027.csv", "notes.md", "manifest.json", ".DS_Store", "x.npz", f"old-{path.name}"]
    )
    beside = path.with_name(name)
    if not beside.exists():
        shutil.copy(path, beside)
        if chance.random() < 0.3:
            beside.write_bytes(b"")


def replace_file(chance: random.Random, path: Path) -> None:
    """A file that is something else: a pipe, a device behind a link, a link to nowhere or to itself, noise."""
    path.unlink()
    way = chance.randrange(5)
    if way == 0:
        os.mkfifo(path)
    elif way == 4:
        path.write_bytes(chance.randbytes(chance.randrange(1, 2000)))
    else:
        path.symlink_to(("/dev/zero", "nowhere", path.name)[way - 1])


OF_A_FIGURE: tuple[Mutation, ...] = (write_byte, write_digit, write_digit, write_cell, swap_cells, move_lines)
"""What changes the figures of a file and little else."""
EVERY: tuple[Mutation, ...] = (*OF_A_FIGURE, write_cell, write_cell, cut, separate, lose, rename, add, replace_file)


def mutate(folder: Path, seed: int, ways: tuple[Mutation, ...] = EVERY, most: int = 3) -> list[str]:
    """Damage a folder in place.

    Parameters
    ----------
    folder : Path
    seed : int
        The same seed damages the same folder in the same way.
    ways : tuple of Mutation
        What may be done to a file.
    most : int
        Most mutations done.

    Returns
    -------
    list of str
        What was done to which file.
    """
    chance = random.Random(seed)
    done = []
    for _ in range(chance.randrange(1, most + 1)):
        files = _files(folder)
        if not files:
            break
        path, way = chance.choice(files), chance.choice(ways)
        way(chance, path)
        done.append(f"{way.__name__} {path.relative_to(folder)}")
    return done
