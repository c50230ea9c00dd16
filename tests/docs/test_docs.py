"""The documentation says what the code does: written pages, commands, snippets and links."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from docs.generate import FOLDER, NOTICE, PAGES, main, out_of_date
from optimizer.case.tables import TABLES
from optimizer.formulation.model import build_model
from optimizer.formulation.rules import COST_TERMS, RULES
from optimizer.interfaces.cli import app
from optimizer.network.build import network_of
from optimizer.network.sets import INDEX_SETS
from optimizer.world.load import load_case

ROOT = FOLDER.parent
TEXTS = [*sorted(ROOT.glob("*.md")), *sorted(FOLDER.glob("*.md")), ROOT / "data" / "README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?((?:lodestar|make|python -m) .*)$", re.MULTILINE)


def blocks(text: str, kind: str) -> list[str]:
    """The code blocks of one kind."""
    return [found for named, found in FENCE.findall(text) if named == kind]


def commands() -> list[tuple[str, str]]:
    """Every command shown, in a block of its own or in a line of text, and the page that shows it."""
    found = []
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        found += [(path.name, line) for block in blocks(text, "console") for line in COMMAND.findall(block)]
        found += [(path.name, line) for line in re.findall(r"`((?:lodestar|make) [^`]+)`", FENCE.sub("", text))]
    return sorted(set(found))


def lines(text: str) -> list[str]:
    """Lines without the blanks at their ends, and without empty ones."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_written_pages_are_up_to_date() -> None:
    assert out_of_date() == [], "run: make docs"


def test_check_names_the_page_that_is_out_of_date(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("docs.generate.FOLDER", tmp_path)
    monkeypatch.setattr("docs.generate.PAGES", {"one.md": lambda: "one\n", "two.md": lambda: "two\n"})
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "two.md").write_text("else")
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/two.md is out of date; run: make docs\n"


def test_every_written_page_says_so() -> None:
    for name in PAGES:
        assert (FOLDER / name).read_text(encoding="utf-8").startswith(NOTICE)


@pytest.mark.parametrize("name", [*RULES, *COST_TERMS])
def test_every_rule_and_cost_term_has_its_place(name: str) -> None:
    page = (FOLDER / "formulation.md").read_text(encoding="utf-8")
    assert re.search(rf"^#### {name}\n\n.+\n\n```math\n.+?\n```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_its_place(name: str) -> None:
    page = (FOLDER / "formats.md").read_text(encoding="utf-8")
    section = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
    for field, info in TABLES[name].model_fields.items():
        if field not in ("source", "confidence", "assumed"):
            assert f"| `{info.alias or field}` |" in section


def test_index_sets_are_those_of_a_network() -> None:
    network = network_of(load_case(ROOT / "tests" / "cases" / "toy"))
    found: Any = network.structure.index | build_model(network).links.index
    assert set(INDEX_SETS) == set(found)
    for name, keys in found.items():
        assert {key._fields for key in keys} <= {INDEX_SETS[name].fields}, name
    for name, rule in RULES.items():
        assert inspect.signature(rule.write).bind("m", *rule.fields), name


@pytest.mark.parametrize(("page", "command"), commands())
def test_commands_shown_exist(page: str, command: str) -> None:
    name, *arguments = shlex.split(command, comments=True)
    if name == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), page
    elif name == "lodestar":
        verbs: Any = typer.main.get_command(app)
        verb = verbs.commands[arguments[0]]
        if len(arguments) > 1:
            verb.make_context(arguments[0], arguments[1:])
    else:
        assert arguments[:2] == ["-m", "docs.generate"]


def page(name: str) -> str:
    """The text of a page of the documentation."""
    return (FOLDER / name).read_text(encoding="utf-8")


def test_readme_shows_the_two_commands() -> None:
    assert {"make plan", "make test"} <= {command for page, command in commands() if page == "README.md"}


def test_the_snippet_prints_what_it_shows() -> None:
    snippet, _ = blocks(page("python.md"), "python")
    (_, shown) = page("python.md").split(f"{snippet}```")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet, "python.md", "exec"), {})  # noqa: S102
    assert lines(printed.getvalue()) == lines(blocks(shown, "text")[0])


def test_the_scenario_of_the_first_what_if_shows_what_it_says(tmp_path: Path) -> None:
    (written,) = blocks(page("what-if.md"), "yaml")
    path = tmp_path / f"{yaml.safe_load(written)['name']}.yaml"
    path.write_text(written, encoding="utf-8")
    result = CliRunner().invoke(app, ["show", str(path)])
    assert result.exit_code == 0
    (shown,) = (block for block in blocks(page("what-if.md"), "console") if block.startswith("$ lodestar show"))
    assert lines(result.output) == lines(shown)[1:]


def test_the_smallest_case_prints_what_its_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page("first-plan.md")
    for name, content in re.findall(r"^`(first/[a-z.]+)`:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    _, scenario = blocks(text, "yaml")
    (tmp_path / "stop.yaml").write_text(scenario, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = blocks(text, "console")
    assert len(shown) == 3
    for block in shown:
        command, *printed = lines(block)
        result = CliRunner().invoke(app, shlex.split(command.removeprefix("$ lodestar ")))
        assert result.exit_code == 0, result.output
        assert lines(result.stdout) == printed


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        to = (path.parent / target).resolve() if target else path
        assert to.exists(), f"{path.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", FENCE.sub("", to.read_text(encoding="utf-8")), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, f"{path.name}: {target}#{anchor}"


def test_it_is_said_how_many_rows_are_sourced() -> None:
    said = re.search(r"^Of the \d+ rows of .*$", (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8"), re.M)
    assert said
    assert said.group() in " ".join(page("limits.md").split())
