"""The OpenAPI document of the service, as it answers with it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from optimizer.service.http.app import create_app
from optimizer.service.http.settings import Settings


def page() -> str:
    """The document as JSON, indented, so that a change can be read."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(f"sqlite:///{Path(folder) / 'none.db'}"))
        return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"
