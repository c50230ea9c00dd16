"""How a command ends: one exit code and, unless all is well, one clear message for every kind of ending."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from optimizer.errors import InputError, LodestarError, OutOfTime, Stopped
from optimizer.interfaces import signals

WELL, INPUT, FAILED, TIME = 0, 2, 3, 4
CODES = (
    "Exit codes: 0 all is well; 2 the input is wrong; 3 something failed or is not certified; "
    "4 stopped before the end, or out of time; 130 and 143 interrupted by Ctrl-C or SIGTERM."
)


def run(command: Callable[[], Any]) -> int:
    """Run a command to its end, whatever that is.

    Parameters
    ----------
    command : callable
        Ends with `SystemExit` or an error.

    Returns
    -------
    int
        The exit code.
    """
    _open_streams()
    if sys.flags.optimize > 1:
        return _say("Error: Pyomo needs its docstrings, which python -OO and PYTHONOPTIMIZE=2 drop; 1 will do.", INPUT)
    try:
        with signals.caught():
            code = _code(command)
            sys.stdout.flush()
            return code
    except Stopped as stop:
        return _say(f"{str(stop).capitalize()} before the end.", stop.code)
    except KeyboardInterrupt:
        return _say("Stopped before the end.", 130)
    except LodestarError as error:
        return _refused(error)
    except MemoryError:
        return _say("Error: out of memory.", FAILED)
    except OSError as error:
        return _broken(error)
    finally:
        _close_streams()


def _code(command: Callable[[], Any]) -> int:
    """The exit code of a command that ends by itself."""
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else WELL if end.code is None else FAILED
    return WELL


def _refused(error: LodestarError) -> int:
    """Say every fault of the input, or what could not be done."""
    if isinstance(error, InputError):
        from optimizer.interfaces.common import print_faults

        with contextlib.suppress(OSError):
            print_faults(error, as_json="--json" in sys.argv)
        return INPUT
    return _say(f"{type(error).__name__}: {error}", TIME if isinstance(error, OutOfTime) else FAILED)


def _broken(error: OSError) -> int:
    """Say what the machine refused, and of which file."""
    where = f"{error.filename}: " if error.filename else ""
    return _say(f"Error: {where}{error.strerror or error}", FAILED)


def _say(text: str, code: int) -> int:
    """Print a message where errors go, if anything can be printed there."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
    return code


class _Output(io.FileIO):
    """Standard output that is no screen: a reader that has seen enough costs the command nothing."""

    def write(self, data: Any) -> int:
        """Write, or pretend to where nobody reads any more; what else goes wrong is said of standard output."""
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            return len(memoryview(data).cast("B"))
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from None


def _open_streams() -> None:
    """Give the command streams that take any text: letters a code page lacks become `?`, and a closed one takes all."""
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(spare, True)  # one of the three was closed, and must not become some file
    os.close(spare)
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return  # somebody collects what is printed
    if sys.stdout.isatty():
        sys.stdout.reconfigure(errors="replace")
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(sys.stdout.fileno(), "w", closefd=False)), sys.stdout.encoding, "replace"
        )


def _close_streams() -> None:
    """Leave nothing to be printed at exit that cannot be."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
