"""The command, as `lodestar` or `python -m optimizer`: its end is seen to before anything that takes time is read."""

from __future__ import annotations

import sys

from optimizer.interfaces import endings


def main() -> None:
    """Run the command; a user's mistake ends in one clear message, never in a traceback."""
    sys.exit(endings.run(_command))


def _command() -> None:
    """Read the commands, and run the one that was typed."""
    from optimizer.interfaces.cli import app

    app()


if __name__ == "__main__":
    main()
