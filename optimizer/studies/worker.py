"""A worker of a study: it is given blocks, and answers how many lines of figures each has."""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path

from optimizer.engine.messages import BrokenMessageError, receive
from optimizer.engine.worker import Worker, serve
from optimizer.studies.messages import BlockDone, BlockQuestion


class StudyWorker(Worker):
    """A worker that knows one study at a time."""

    def work(self, questions: BufferedReader) -> None:
        """Take blocks until there are no more.

        Parameters
        ----------
        questions : binary stream

        Raises
        ------
        BrokenMessageError
            If something else is asked.
        """
        from optimizer.studies.work import Study

        known: dict[str, Study] = {}

        def done(question: BlockQuestion) -> BlockDone:
            if question.folder not in known:
                known.clear()
                known[question.folder] = Study(Path(question.folder), self._follow)
            return known[question.folder].run(question.number, question.lost, question.mark)

        while isinstance(message := receive(questions), BlockQuestion):
            self._send(self._answered(done, message))
        raise BrokenMessageError


if __name__ == "__main__":
    serve(StudyWorker, "optimizer.studies.work")
