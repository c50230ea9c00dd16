"""The application on a socket, until it is told to stop."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

DRAIN = 10
"""Seconds that requests under way have to end when the server is told to stop."""


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Answer at a socket until a signal comes; requests under way are answered first.

    Parameters
    ----------
    app : FastAPI
        As `create_app` makes it.
    listening : socket
    """
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", timeout_graceful_shutdown=DRAIN
    )
    Server(app, config).run(sockets=[listening])


class Server(uvicorn.Server):
    """A server that lets go of everybody who waits for a job before it waits for the last answers.

    Parameters
    ----------
    app : FastAPI
        As `create_app` makes it.
    config : uvicorn.Config
        That serves it.
    """

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End open streams of events, then as any server does."""
        self._app.state.watch.close()
        await super().shutdown(sockets)
