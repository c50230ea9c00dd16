"""A process that does tasks, one line of JSON in, one out, until nobody asks any more: ``python -m`` it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback


def _limit_memory(megabytes: int) -> None:
    """Let the system refuse this process more memory than that, where it can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)


def _limit_time(seconds: float) -> None:
    """Let the system end this process after so many seconds of work, where it can: who started it may be gone."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 2, hard))


def main(megabytes: int, seconds: float) -> None:
    """Do what is asked.

    Parameters
    ----------
    megabytes : int
        Memory it may take.
    seconds : float
        Time that each task may take.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever prints would be taken for an answer
    from optimizer.service.checks.tasks import done

    _limit_memory(megabytes)
    for line in sys.stdin.buffer:
        _limit_time(seconds)
        try:
            said = json.dumps(done(json.loads(line)))
        except MemoryError:
            said = '{"memory": true}'
        except Exception as error:
            # Places in the code and no message, which may hold what the caller sent.
            frames = [
                f"{some.filename}:{some.lineno} {some.name}" for some in traceback.extract_tb(error.__traceback__)
            ]
            said = json.dumps({"error": {"kind": type(error).__qualname__, "frames": frames[-30:]}})
        answers.write(said + "\n")
        answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
