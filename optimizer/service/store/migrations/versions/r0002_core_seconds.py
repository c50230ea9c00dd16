"""Core-seconds of each job, beside those of its tenant's day.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; what older jobs have held is not known, and counts as nothing."""
    op.add_column("job", sa.Column("core_seconds", sa.Double(), nullable=False, server_default="0"))
