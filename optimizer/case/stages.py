"""The steps that goods take from the mine to the buyer's plant, and what each is called: one set of words for all."""

from __future__ import annotations

MEASURED = ("concentrate", "oxide", "metal", "magnet")
"""Stages at which shares are measured: mine, separation, metal or alloy, finished magnet."""
STEPS = {
    "stock": "Opening stock",
    "scrap": "Scrap",
    "concentrate": "Mine",
    "oxide": "Separation",
    "metal": "Metal",
    "magnet": "Magnet",
    "plant": "Buyer's plant",
}
"""Steps that goods are followed over, and what they are called: the stages measured, and where goods begin and end."""
WORK = {"concentrate": "mining", "oxide": "separation", "metal": "metal making", "magnet": "magnet making"}
"""What is done at a stage."""
STEP_OF = {"ore": "concentrate", "carbonate": "concentrate", "alloy": "metal"}
"""The step that makes goods of a stage that is no step of its own."""


def stage_words(stage: str) -> str:
    """What a stage is called in a sentence or a heading; one that has no words of its own by its name."""
    return STEPS.get(stage, stage).lower()
