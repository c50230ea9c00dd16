"""Files to YAML mappings and table rows: every fault said with its file and its line or row."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from optimizer.case.rows import Row
from optimizer.case.spreadsheet import unmarked
from optimizer.errors import CaseError, Fault, nearest

MAX_BYTES = 20_000_000
"""Largest input file read."""
MAX_WHOLE = 10**15
"""Largest whole number read from YAML: far above any figure, and short enough to be shown."""
MAX_SHOWN = 60
"""Longest piece of an input repeated in a message."""
BOOLEAN = "tag:yaml.org,2002:bool"
PATTERNS = {
    r"^[A-Z]{2}$": "two capital letters such as CN",
    r"^([A-Z]{2}|\*)$": "two capital letters such as CN, or *",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens",
    r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$": "letters, digits, spaces and . _ + -, a letter or digit first",
}
"""What the patterns of the records ask for, in words."""
KINDS = {
    "tuple_type": "expected a list",
    "too_short": "expected at least one",
    "dict_type": "expected a mapping of names to values",
    "model_type": "expected a mapping of fields",
    "string_type": "expected text (in quotes where it looks like something else)",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_type": "expected a whole number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
}
"""Pydantic's complaints that say more of Python than of the input, in words."""


class _RefusedError(yaml.MarkedYAMLError):
    """YAML that is well formed, but of a kind that inputs may not use."""


class _Loader(yaml.SafeLoader):
    """YAML in which nothing grows without bound (aliases), is lost (repeated keys) or means something else (``NO``)."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag != BOOLEAN]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise _RefusedError(problem="expected no alias (*name), found one", problem_mark=event.start_mark)
        if (tag := getattr(event, "tag", None)) is not None:
            raise _RefusedError(problem=f"expected no tag, found {tag!r}", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            made = super().construct_object(node, deep)
        except ValueError as error:  # such as a date in month 13
            mark: Any = node.start_mark
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=mark) from None
        if isinstance(made, int) and abs(made) > MAX_WHOLE:
            mark = node.start_mark
            raise _RefusedError(problem=f"expected a number up to {MAX_WHOLE:g}, found a larger one", problem_mark=mark)
        return made

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            mark: Any = key_node.start_mark
            if not isinstance(key, Hashable):
                raise _RefusedError(problem=f"expected a word as key, found {brief(key)}", problem_mark=mark)
            if key in seen:
                raise _RefusedError(problem=f"expected each key once, found {key!r} twice", problem_mark=mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 also reads yes, no, on and off as booleans, which turns the country code of Norway into False.
_Loader.add_implicit_resolver(BOOLEAN, re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def brief(found: Any) -> str:
    """A piece of an input as it is shown in a message."""
    text = repr(found)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def meant(found: str, known: Iterable[str]) -> set[str]:
    """The known name that a wrong one probably stands for, if any: no need to report that one as missing."""
    return set(difflib.get_close_matches(found, list(known), n=1, cutoff=0.5))


def read_text(path: Path, shown: str) -> str:
    """Read a small UTF-8 text file, or raise a `CaseError` that says why it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CaseError([Fault(shown, f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")])
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        what = f"expected UTF-8 text, found byte 0x{content[error.start]:02x} (save the file as UTF-8)"
        raise CaseError([Fault(f"{shown}, row {row}", what)]) from None
    except OSError as error:
        raise CaseError([Fault(shown, f"cannot be read: {error.strerror}")]) from None
    if (nul := text.find("\0")) >= 0:
        raise CaseError(
            [Fault(f"{shown}, row {text[:nul].count(chr(10)) + 1}", "expected text, found a NUL character")]
        )
    if not text.strip():
        raise CaseError([Fault(shown, "expected content, found an empty file")])
    return text


def read_yaml(path: Path, shown: str) -> dict[str, Any]:
    """Read a YAML mapping, or raise a `CaseError` that names the line."""
    text = read_text(path, shown)
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        where = f"{shown}, line {error.problem_mark.line + 1}" if error.problem_mark else shown
        what = str(error.problem or error.context)
        raise CaseError(
            [Fault(where, what if isinstance(error, _RefusedError) else f"expected YAML; {what}")]
        ) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise CaseError([Fault(f"{shown}, line {line}", f"expected YAML; {str(error).splitlines()[0]}")]) from None
    except RecursionError:
        raise CaseError([Fault(shown, "expected YAML; found lists within lists without end")]) from None
    if not isinstance(content, dict):
        raise CaseError([Fault(shown, f"expected a mapping of fields, found {brief(content)}")])
    return content


def _fields(record: type[BaseModel] | None) -> dict[str, Any]:
    """Fields of a record under the names a user writes."""
    return {info.alias or name: info for name, info in record.model_fields.items()} if record else {}


def _record_in(annotation: Any) -> type[BaseModel] | None:
    """The record that a field holds one or many of, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_record_in, get_args(annotation))), None)


def _is_text(annotation: Any) -> bool:
    """Whether a field holds text, or may."""
    return annotation is str or any(map(_is_text, get_args(annotation)))


def _what(item: Any, record: type[BaseModel]) -> str:
    """One of pydantic's complaints in our words."""
    holder: type[BaseModel] | None = record
    for part in item["loc"][:-1]:
        if isinstance(part, str):
            holder = _record_in(_fields(holder)[part].annotation) if part in _fields(holder) else None
    fields = _fields(holder)
    found, kind = brief(item.get("input")), item["type"]
    last = str(item["loc"][-1]) if item["loc"] else ""
    if kind == "extra_forbidden":
        return f"no such field: {last!r}. {nearest(last, fields)}"
    if kind == "missing":
        return "expected a value, found nothing"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    if kind == "literal_error":
        words = re.findall("'([^']*)'", item["ctx"]["expected"])
        return f"expected one of the known words, found {found}. {nearest(str(item['input']), words)}"
    if kind.startswith("date"):
        return f"expected a day such as 2027-01-31, found {found}"
    if kind == "string_pattern_mismatch" and item["ctx"]["pattern"] in PATTERNS:
        return f"expected {PATTERNS[item['ctx']['pattern']]}, found {found}"
    said = KINDS.get(kind) or item["msg"].removeprefix("Input ").replace("should", "expected to")
    if said == "expected a number" and last in fields and fields[last].description:
        meaning = " ".join(fields[last].description.split())  # of a longer one, its first sentence
        said += f" ({meaning.partition('. ')[0].removesuffix('.')})"
    return f"{said}, found {found}"


def explain(error: ValidationError, where: str, record: type[BaseModel]) -> list[Fault]:
    """Pydantic's complaints as faults in our words; items of a list are counted from 1."""
    items = error.errors()
    lacking = {item["loc"] for item in items if item["type"] == "missing"}
    names = {path[-1] for path in lacking if isinstance(path[-1], str)}
    misspelt = {
        (*item["loc"][:-1], name)
        for item in items
        if item["type"] == "extra_forbidden"
        for name in meant(str(item["loc"][-1]), names)
    }
    faults = []
    for item in items:
        path = item["loc"]
        if path in lacking & misspelt:
            continue  # said of the misspelt field already
        if item["type"] == "too_short" and any(len(other["loc"]) > len(path) for other in items):
            continue  # the list is short of the items that are at fault themselves
        place = where
        if len(path) > 1 and path[0] == "events" and isinstance(path[1], int):
            place, path = f"{where}, event {path[1] + 1}", path[2:]
        named = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        faults.append(Fault(place, (f"{named}: " if named else "") + _what(item, record)))
    return faults


def _header_faults(header: list[str], shown: str, record: type[Row]) -> Iterator[Fault]:
    """Columns that are unknown, repeated or missing; a missing one that is only misspelt is not said twice."""
    where = f"{shown}, row 1"
    fields = _fields(record)
    if len(header) == 1 and (wrong := re.search(r"[;\t|]", header[0])):
        yield Fault(where, f"expected cells separated by commas, found {wrong[0]!r}")
        return
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Fault(where, f"expected each column once, found {name!r} more than once")
    misspelt: set[str] = set()
    for name in header:
        if name not in fields:
            misspelt |= meant(name, fields.keys() - set(header))
            yield Fault(where, f"no such column: {brief(name)}. {nearest(name, fields)}")
    for name, info in fields.items():
        if info.is_required() and name not in header and name not in misspelt:
            yield Fault(where, f"expected a column {name!r}, found none")


def read_table(path: Path, shown: str, record: type[Row]) -> tuple[list[Row], list[str], list[Fault]]:
    """Read one CSV table into records.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        How the file is called in messages.
    record : type of Row
        The record each row must make.

    Returns
    -------
    tuple
        The rows that are good, where each came from, and the faults of the others.
    """
    rows: list[Row] = []
    places: list[str] = []
    try:
        text = read_text(path, shown)
    except CaseError as error:
        return rows, places, list(error.faults)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    filled = (cells for cells in reader if any(cell.strip() for cell in cells))
    faults: list[Fault] = []
    try:
        header = [name.strip() for name in next(filled, [])]
        if faults := list(_header_faults(header, shown, record)):
            return rows, places, faults
        words = {name for name, info in _fields(record).items() if _is_text(info.annotation)}
        for cells in filled:
            where = f"{shown}, row {reader.line_num}"
            if len(cells) != len(header):
                faults.append(Fault(where, f"expected {len(header)} cells, found {len(cells)}"))
                continue
            given = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
            given |= {name: unmarked(given[name]) for name in words & given.keys()}
            try:
                rows.append(record.model_validate(given))
                places.append(where)
            except ValidationError as error:
                faults += explain(error, where, record)
    except csv.Error as error:
        faults.append(Fault(f"{shown}, row {reader.line_num}", f"expected comma-separated values; {error}"))
    if not rows and not faults:
        faults.append(Fault(shown, "expected at least one row, found none"))
    return rows, places, faults
