"""What the trade is cut into, by the same names on every floor: floor and topic are an address."""

TOPICS = (
    "goods",
    "supply",
    "transport",
    "contracts",
    "projects",
    "content",
    "licences",
    "demand",
    "stock",
    "sales",
    "prices",
    "limits",
)
"""The topics, in the order in which rules and numbers are written and shown."""
