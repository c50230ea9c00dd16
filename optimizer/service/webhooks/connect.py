"""One delivery, sent: to an address that was looked at, within a time, and without following where it leads."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore

from optimizer.service.webhooks.addresses import refused

SECONDS = 15.0
"""Longest that a delivery takes, from looking up the host to the end of the answer."""
MAX_ANSWER = 64_000
"""Bytes of an answer that are read; nothing of it but its status is used."""


class RefusedError(Exception):
    """An address that may not be connected to; its text says why."""


class Guarded(httpcore.AsyncNetworkBackend):
    """Connections to hosts all of whose addresses may be connected to.

    The addresses are looked up here, looked at, and connected to as they are, so that no second look-up gives others.
    The name stays in the request and in what the certificate is checked against.

    Parameters
    ----------
    private : bool
        Whether addresses inside are allowed.
    """

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self.backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers.

        Raises
        ------
        RefusedError
            If one of them may not be connected to.
        httpcore.ConnectError
            If none answers.
        """
        addresses = await addresses_of(host, port)
        if said := refused(addresses, private=self.private):
            raise RefusedError(said)
        for address in addresses[:-1]:
            try:
                return await self.backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self.backend.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)


async def addresses_of(host: str, port: int) -> list[str]:
    """All addresses of a host, in numbers, as the system prefers them; none where it is not known."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


async def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    trust: ssl.SSLContext,
    *,
    private: bool,
    seconds: float = SECONDS,
) -> int:
    """Send a body, and give the status of the answer.

    Parameters
    ----------
    url : str
    headers : mapping of str to str
        Beside those that say what the body is.
    body : bytes
        JSON.
    trust : SSLContext
        Whose certificates are believed.
    private : bool
        Whether addresses inside are allowed.
    seconds : float, optional
        Longest that it takes in all.

    Raises
    ------
    RefusedError
        If the host's addresses may not be connected to.
    OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError
        If there is no answer.
    """
    fixed = {"Content-Type": "application/json", "User-Agent": "lodestar", "Connection": "close"}
    said: list[tuple[bytes | str, bytes | str]] = [*fixed.items(), *headers.items()]
    async with (
        asyncio.timeout(seconds),
        httpcore.AsyncConnectionPool(trust, network_backend=Guarded(private=private)) as pool,
        pool.stream("POST", url, headers=said, content=body) as answer,
    ):
        size = 0
        async for chunk in answer.aiter_stream():
            size += len(chunk)
            if size > MAX_ANSWER:
                break
        return int(answer.status)
