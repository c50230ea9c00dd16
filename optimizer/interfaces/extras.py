"""What needs an extra says which, where it is not installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from optimizer.errors import InputError
from optimizer.faults import Fault


def needs(what: str, extra: str, packages: Iterable[str], along: str = "") -> None:
    """Refuse what needs an extra that is not installed.

    Parameters
    ----------
    what : str
        The command or option.
    extra : str
    packages : iterable of str
        What it brings.
    along : str, optional
        The extra that it is of use with only.

    Raises
    ------
    InputError
    """
    if not all(find_spec(package) for package in packages):
        named = ",".join(filter(None, (along, extra)))
        text = f"the extra `{extra}` is not installed; install with pip install 'lodestar-optimizer[{named}]'"
        raise InputError([Fault(what, text, code="missing-value")])
