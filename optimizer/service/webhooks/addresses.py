"""Where a webhook may go: no address inside the network that the service stands in."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from optimizer.faults import WrongError

MAX_URL = 2000
"""Characters of an address."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = tuple(ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))
"""Networks whose addresses hold an IPv4 address in their last four bytes."""
_INSIDE = tuple(
    ipaddress.ip_network(net)
    for net in (
        "100.64.0.0/10",  # shared by carriers and clouds; some have their metadata here
        "168.63.129.16/32",  # of a cloud's own machines, though it looks like any other
        "192.0.0.0/24",
        "198.18.0.0/15",
        "fec0::/10",
        "2001:db8::/32",
    )
)
"""Networks inside, whatever the version of Python says of them."""


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet.

    Not so are private, loopback, link-local (with the metadata of clouds), multicast and reserved ones, also where they
    are written as, or tunnelled through, an address of IPv6.

    Parameters
    ----------
    address : str
        In numbers, as a look-up gives it.
    """
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and (held := _held(found)):
        return all(is_public(str(inner)) for inner in held)
    if any(found.version == net.version and found in net for net in _INSIDE):
        return False
    shut = found.is_private or found.is_loopback or found.is_link_local or found.is_multicast or found.is_unspecified
    return found.is_global and not shut and not found.is_reserved


def _held(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Addresses of IPv4 that one of IPv6 leads to."""
    held = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in net for net in _TRANSLATED) and int(address) > 1:  # :: and ::1 are their own
        held.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in held if inner is not None]


def refused(addresses: Collection[str], *, private: bool) -> str | None:
    """Why a host may not be connected to, if so; one address inside is enough.

    Parameters
    ----------
    addresses : collection of str
        All that the host's name stands for.
    private : bool
        Whether addresses inside are allowed.
    """
    if not addresses:
        return "its host has no address"
    if not private and not all(map(is_public, addresses)):
        return "its host has an address that is private or otherwise not of the open internet"
    return None


def checked_url(url: str, *, private: bool) -> str:
    """An address that a webhook may be given; where its name leads is looked at again whenever it is connected to.

    Parameters
    ----------
    url : str
    private : bool
        Whether addresses inside are allowed, and with them such without encryption.

    Raises
    ------
    WrongError
        If it is none.
    """
    schemes = ("https", "http") if private else ("https",)
    expected = f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    parts = _split(url)
    if parts is None or parts.scheme not in schemes or not parts.hostname or len(url) > MAX_URL:
        raise WrongError.of("url", expected, url[:100], code="wrong-spelling")
    if "@" in parts.netloc:
        raise WrongError("url: expected no name or password in the address", code="wrong-spelling", column="url")
    if parts.fragment:
        raise WrongError("url: expected no `#` in the address", code="wrong-spelling", column="url")
    if (literal := _literal(parts.hostname)) and (said := refused([literal], private=private)):
        raise WrongError(f"url: {said}", code="out-of-range", column="url", found=parts.hostname)
    if not private and parts.hostname.rstrip(".") in ("localhost", "localhost.localdomain"):
        raise WrongError(
            f"url: {refused(['::1'], private=False)}", code="out-of-range", column="url", found=parts.hostname
        )
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has letters that none has, or a port that is none."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _literal(host: str) -> str | None:
    """A host that is an address in numbers."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
