"""YAML to a mapping that knows the line of everything in it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from optimizer.case.kinds import NUMBER
from optimizer.case.text import brief, code_point, hidden, one_form, read_text
from optimizer.errors import CaseError, InputError
from optimizer.faults import Code, Fault, Place, Source

MAX_WHOLE = 10**15
"""Largest whole number read from YAML: far above any figure, and short enough to be shown."""
BOOLEAN = "tag:yaml.org,2002:bool"
MERGE = "tag:yaml.org,2002:merge"
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
NO_NUMBER = re.compile(r"[+-]?\.(inf|nan)", re.IGNORECASE)
"""What YAML takes for infinite, or for no number; the records refuse it and say where."""
Way = tuple[str | int, ...]
"""The way to something in a document: keys, and places in lists from 0."""


class _RefusedError(yaml.MarkedYAMLError):
    """YAML that is well formed, but of a kind that inputs may not use."""

    def __init__(self, problem: str, node: yaml.Node | yaml.Event, code: Code = "not-yaml", found: Any = None) -> None:
        mark: Any = node.start_mark
        super().__init__(problem=problem, problem_mark=mark)
        self.code: Code = code
        self.found = found


class _Loader(yaml.SafeLoader):
    """YAML in which nothing grows without bound (aliases), is lost (repeated keys) or means something else (``NO``)."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != BOOLEAN]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """A node of the document, aliases and tags refused.

        Parameters
        ----------
        parent : yaml.Node or None
            That it stands in.
        index : int
            Its place there.
        """
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise _RefusedError("expected no alias (*name), found one", event)
        if (tag := getattr(event, "tag", None)) is not None:
            raise _RefusedError(f"expected no tag, found {tag!r}", event)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """What a node stands for, numbers as they are spelled here.

        Parameters
        ----------
        node : yaml.Node
        deep : bool, optional
            Whether what it holds is made at once.
        """
        if node.tag in NUMBERS and not NUMBER.fullmatch(node.value) and not NO_NUMBER.fullmatch(node.value):
            said = f"expected a number such as 10 or 0.5 (text in quotes), found {brief(node.value)}"
            raise _RefusedError(said, node, "not-a-number", node.value)
        try:
            made = super().construct_object(node, deep)
        except ValueError as error:  # such as a date in month 13
            mark: Any = node.start_mark
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=mark) from None
        if isinstance(made, int) and abs(made) > MAX_WHOLE:
            raise _RefusedError(f"expected a number up to {MAX_WHOLE:g}, found a larger one", node, "out-of-range")
        return made

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping, each key once.

        Parameters
        ----------
        node : yaml.MappingNode
        deep : bool, optional
            Whether what it holds is made at once.
        """
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE:
                raise _RefusedError("expected no merge (<<), found one", key_node)
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise _RefusedError(f"expected a word as key, found {brief(key)}", key_node, "wrong-shape")
            if key in seen:
                raise _RefusedError(f"expected each key once, found {key!r} twice", key_node, "repeated")
            seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 also reads yes, no, on and off as booleans, which turns the country code of Norway into False.
_Loader.add_implicit_resolver(BOOLEAN, re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


class Document(dict[str, Any]):
    """A YAML mapping, and where in its file everything stands.

    Parameters
    ----------
    content : dict
        What it says.
    source : Source
        The file.
    lines : dict
        Line of everything in it, from 1, by the way to it.
    """

    def __init__(self, content: dict[str, Any], source: Source, lines: dict[Way, int]) -> None:
        super().__init__(content)
        self.source = source
        self.lines = lines

    def place(self, path: Way = ()) -> Place:
        """Where something stands; what is not there, where the part stands that should hold it."""
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        text, within = self.source.file, ""
        if len(path) > 1 and path[0] == "events" and isinstance(path[1], int):
            within = f"events.{path[1] + 1}"
            text += f", event {path[1] + 1}"
        return Place(text + (f", line {line}" if line else ""), self.source, line, within)


def document_from(content: Any, shown: str) -> Document:
    """A mapping that was made in memory or came over a wire, held to what a file is held to.

    Parameters
    ----------
    content : mapping
        Field by field, as YAML or JSON would give it.
    shown : str
        How it is called in messages.

    Returns
    -------
    Document

    Raises
    ------
    InputError
        If it is no mapping of names, or holds what cannot be seen.
    """
    document = Document({}, Source(shown), {})
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        raise InputError([Fault(shown, f"expected a mapping of fields, found {brief(content)}", code="wrong-shape")])
    faults = [
        Fault(document.place(path), f"expected plain text, found {code_point(letter)}", code="hidden-character")
        for path, text in texts(content, ())
        if (letter := hidden(text, lines=True))
    ]
    if faults:
        raise InputError(faults)
    document.update(content)
    return document


def texts(content: Any, path: Way) -> Iterator[tuple[Way, str]]:
    """Every text in nested mappings and lists, keys too, and the way to it.

    Parameters
    ----------
    content : object
        What is neither text, mapping nor list is passed over.
    path : tuple of str and int
        The way to the content itself; items of a list are counted from 0.
    """
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from texts(str(key), path)
            yield from texts(value, (*path, str(key)))
    elif isinstance(content, list | tuple):
        for number, value in enumerate(content):
            yield from texts(value, (*path, number))


def _lines(node: yaml.Node, path: Way = ()) -> dict[Way, int]:
    """The line of everything below a node."""
    found = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                found |= _lines(value, (*path, key.value))
                found[(*path, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            found |= _lines(value, (*path, number))
    return found


def _check_text(node: yaml.Node) -> None:
    """Refuse what cannot be seen in the words below a node."""
    if isinstance(node, yaml.ScalarNode):
        if letter := hidden(node.value, lines=True):
            said = f"expected plain text, found {code_point(letter)}"
            raise _RefusedError(said, node, "hidden-character", f"U+{ord(letter):04X}")
    else:
        for child in node.value:
            for some in child if isinstance(child, tuple) else (child,):
                _check_text(some)


def _parsed(text: str) -> tuple[Any, dict[Way, int]]:
    """What a YAML text says, and the line of everything in it."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        _check_text(node)
        return loader.construct_document(node), _lines(node)
    finally:
        loader.dispose()


def read_yaml(path: Path, shown: str) -> Document:
    """Read a YAML mapping, or raise a `CaseError` that names the line.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.
    """
    source = Source(shown)
    text = one_form(read_text(path, shown))

    def refused(what: str, line: int | None = None, code: Code = "not-yaml", found: Any = None) -> CaseError:
        place = Place(shown + (f", line {line}" if line else ""), source, line)
        return CaseError([Fault(place, what, code=code, found=found)])

    try:
        content, lines = _parsed(text)
    except yaml.MarkedYAMLError as error:
        what = str(error.problem or error.context)
        line = error.problem_mark.line + 1 if error.problem_mark else None
        if isinstance(error, _RefusedError):
            raise refused(what, line, error.code, error.found) from None
        raise refused(f"expected YAML; {what}", line) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        said, found = code_point(chr(error.character)), f"U+{error.character:04X}"
        raise refused(f"expected plain text, found {said}", line, "hidden-character", found) from None
    except RecursionError:
        raise refused("expected YAML; found lists within lists without end") from None
    if not isinstance(content, dict):
        raise CaseError(
            [Fault(Place(shown, source), f"expected a mapping of fields, found {brief(content)}", code="wrong-shape")]
        )
    return Document(content, source, lines)
