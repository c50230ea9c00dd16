"""How plans show themselves in a notebook.

What draws them is the report, which stands above: it is asked for by name, and only once somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import import_module

DRAWN_BY = "optimizer.report.notebook"


@dataclass(frozen=True)
class View:
    """A page that loads nothing, shown in a frame of its own.

    Parameters
    ----------
    page : str
        HTML.
    height : int
        Of the frame, in pixels.
    """

    page: str
    height: int = 600

    def _repr_html_(self) -> str:
        """The page in a frame, in which nothing of it reaches the notebook around it."""
        kept = f'width="100%" height="{self.height}" style="border: 0" sandbox="allow-scripts"'
        return f'<iframe srcdoc="{escape(self.page)}" {kept}></iframe>'


class Told:
    """What a notebook shows of plans: their summary."""

    def _repr_html_(self) -> str:
        """Every section that `lodestar plan` prints."""
        return str(_view("summary", self)._repr_html_())


class Drawn:
    """What a notebook shows of one answer: the charts of the report."""

    def sankey(self) -> View:
        """Tonnes of rare earths from country to country, from the mine to the buyer's plants."""
        return _view("sankey", self)

    def map(self) -> View:
        """Sites, and the lanes that goods go."""
        return _view("world_map", self)


def _view(name: str, what: object) -> View:
    view: View = getattr(import_module(DRAWN_BY), name)(what)
    return view
