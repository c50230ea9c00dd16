"""One delivery, sent: to an address that was looked at, within a time, and without following where it leads."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping

import httpx

from optimizer.service.webhooks.addresses import refused

SECONDS = 15.0
"""Longest that a delivery takes, from looking up the host to the end of the answer."""
MAX_ANSWER = 64_000
"""Bytes of an answer that are read; nothing of it but its status is used."""


class RefusedError(Exception):
    """An address that may not be connected to; its text says why."""


async def addresses_of(host: str, port: int) -> list[str]:
    """All addresses of a host, in numbers, as the system prefers them; none where it is not known.

    Parameters
    ----------
    host : str
    port : int
    """
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

    The addresses of the host are looked up here, looked at, and connected to as they are, so that no second look-up
    gives others. The name stays in the request and in what the certificate is checked against.

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
        If one of the host's addresses may not be connected to.
    httpx.TransportError, httpx.InvalidURL, TimeoutError
        If there is no answer.
    """
    address = httpx.URL(url)
    name = address.raw_host.decode("ascii")
    said = {"Content-Type": "application/json", "User-Agent": "lodestar", "Connection": "close", **headers}
    said["Host"] = address.netloc.decode("ascii")
    async with asyncio.timeout(seconds), httpx.AsyncClient(verify=trust, trust_env=False, timeout=seconds) as client:
        found = await addresses_of(name, address.port or (443 if address.scheme == "https" else 80))
        if why := refused(found, private=private):
            raise RefusedError(why)
        for number, at in enumerate(found, 1):
            to = address.copy_with(host=at)
            request = client.build_request("POST", to, headers=said, content=body, extensions={"sni_hostname": name})
            try:
                return await _status(client, request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(found):
                    raise
    raise AssertionError("a host without addresses is refused")


async def _status(client: httpx.AsyncClient, request: httpx.Request) -> int:
    """The status of an answer, of which no more is read than anybody needs."""
    answer = await client.send(request, stream=True, follow_redirects=False)
    try:
        size = 0
        async for chunk in answer.aiter_raw():
            size += len(chunk)
            if size > MAX_ANSWER:
                break
    finally:
        await answer.aclose()
    return answer.status_code
