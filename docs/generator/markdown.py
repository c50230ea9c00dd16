"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

HEADS = Path(__file__).resolve().parent / "heads"
ADDRESS = re.compile(r"(?: \| )?(https?://[^\s;,|)]+)")


def head(name: str) -> str:
    """The part of a page that is written by hand."""
    return (HEADS / f"{name}.md").read_text(encoding="utf-8").strip()


def joined(parts: Iterable[str]) -> str:
    """A page of its parts."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def said(doc: str | None) -> str:
    """A docstring on one line, as Markdown: code in single backticks, mathematics between dollars."""
    text = re.sub(r":math:`([^`]*)`", r"$\1$", doc or "")
    return " ".join(text.replace("``", "`").split())


def code(words: Iterable[object]) -> str:
    """Names set as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def plain(text: str) -> str:
    """Text from the data, in which nothing but an address means anything to Markdown."""
    parts = ADDRESS.split(" ".join(text.split()))
    shown = [re.sub(r"([\\*<`$~\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", part) for part in parts[::2]]
    links = [f" (<{address}>)" for address in parts[1::2]]
    return "".join(words.rstrip() + link for words, link in zip(shown, [*links, ""], strict=True)).strip()
