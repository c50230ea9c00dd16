"""A worker that is hurt on purpose: run in place of the real one, by what its environment says.

`HURT` is how (`die`, `half`, `garbage`, `stop`, `memory`, `late`); `HURT_AT` names the question it happens at: `base`,
or the scenario; `HURT_TIMES` is how often, counted in files of the folder `HURT_COUNT`.
"""

from __future__ import annotations

import os
import pickle
import signal
import time
from pathlib import Path
from typing import Any

from optimizer.engine import worker
from optimizer.engine.messages import HEAD, MARK, BaseQuestion

HOW, AT, TIMES, COUNT = (os.environ[name] for name in ("HURT", "HURT_AT", "HURT_TIMES", "HURT_COUNT"))


def _due(question: Any) -> bool:
    """Whether this question hurts, and has not hurt often enough."""
    name = "base" if isinstance(question, BaseQuestion) else question.name[0]
    if name != AT or len(list(Path(COUNT).iterdir())) >= int(TIMES):
        return False
    (Path(COUNT) / f"{time.monotonic_ns()}").touch()
    return True


class Hurt(worker.Worker):
    """It has its accident where it would solve."""

    def _solved(self, solve: Any, question: Any) -> Any:
        answer = super()._solved(solve, question)
        if not _due(question):
            return answer
        if HOW == "memory":
            raise MemoryError
        if HOW == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if HOW in ("half", "garbage"):
            with self.sending:
                data = pickle.dumps(answer)
                if HOW == "half":
                    self.answers.write(HEAD.pack(MARK, len(data), 0) + data[: len(data) // 2])
                else:
                    self.answers.write(os.urandom(1000))
                self.answers.flush()
                if HOW == "garbage":
                    time.sleep(60)
        session = self.solving()
        if HOW == "late" and session is not None:
            session.due = time.monotonic() - worker.OVERTIME
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGKILL)
        return None


worker.Worker = Hurt  # type: ignore[misc]
if __name__ == "__main__":
    worker.serve(worker.Worker, "optimizer.engine.refine")
