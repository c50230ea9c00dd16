"""How much memory there is: of the machine, or of what its cgroup lets this process have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

UNLIMITED = 1 << 60
"""Bytes from which on a cgroup's limit is none."""


def available(root: Path = Path("/")) -> int | None:
    """Bytes this process may still take: what the machine has free, or its cgroup leaves; None where nobody says.

    Parameters
    ----------
    root : Path
        Where `proc` and `sys` are.
    """
    return min([*_machine(root), *_cgroups(root)], default=None)


def _machine(root: Path) -> Iterator[int]:
    """What the machine has free, or has at all."""
    with suppress(OSError, ValueError):
        for line in (root / "proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                yield int(line.split()[1]) * 1024
                return
    with suppress(OSError, ValueError, AttributeError):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _cgroups(root: Path) -> Iterator[int]:
    """What each control group above this process leaves, of either version."""
    lines: list[str] = []
    with suppress(OSError):
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            base, limit, used = root / "sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            base, limit, used = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        inside = PurePosixPath(path.lstrip("/"))
        for part in (inside, *inside.parents):
            with suppress(OSError, ValueError):  # "max" is no number, and a container may not see its own path
                most = int((base / part / limit).read_text())
                if most < UNLIMITED:
                    yield max(0, most - int((base / part / used).read_text()))


def shown(count: float) -> str:
    """Bytes as one reads them."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e8 else f"{max(1, count / 1e6):,.0f} MB"
