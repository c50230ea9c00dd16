"""The log of the service: one JSON object a line, of fields that hold neither secrets nor what callers sent."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TextIO


class JsonLines(logging.Formatter):
    """A record of the log as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, event and the fields that came with it; of an exception its kind alone."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        said = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
        return json.dumps(said, default=str)


def log_to(stream: TextIO, level: int = logging.INFO) -> None:
    """Write the log of the service to a stream.

    Parameters
    ----------
    stream : file
    level : int, optional
        Lowest that is written.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("lodestar")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
