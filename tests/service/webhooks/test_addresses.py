"""Where a webhook may not go."""

from __future__ import annotations

import pytest

from optimizer.faults import WrongError
from optimizer.service.webhooks.addresses import checked_url, is_public, refused

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",  # noqa: S104
    "100.100.100.200", "169.254.169.254", "169.254.170.2", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "203.0.113.9",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::7f00:1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "hooks.example", "", "127.1", "2130706433", "0x7f000001",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is(address: str) -> None:
    assert is_public(address)


def test_one_address_inside_is_enough() -> None:
    assert refused(["1.1.1.1"], private=False) is None
    assert "private" in (refused(["1.1.1.1", "10.0.0.1"], private=False) or "")
    assert refused(["1.1.1.1", "10.0.0.1"], private=True) is None
    assert "no address" in (refused([], private=True) or "")


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example", "https://hooks.example:8443/in?a=b", "https://[2606:4700::1]/", "HTTPS://1.1.1.1/x"],
)
def test_an_address_that_a_webhook_may_be_given(url: str) -> None:
    assert checked_url(url, private=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example", "http://hooks.example", "ftp://hooks.example", "file:///etc/passwd", "https://", "https:///x",
        "https://hooks.example:99999", "https://hooks.example:0/", "https://user:word@hooks.example", "https://hooks.example/#x",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://localhost/",
        "https://LOCALHOST./", "https://hooks.example/a b", "https://hooks.example\\@10.0.0.1/", "https://h\u00f6ks.example/",
        "https://hooks.example/\r\nHost: x", "https://[::1", "https://" + "a" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_it_may_not(url: str) -> None:
    with pytest.raises(WrongError, match=r"^url: "):
        checked_url(url, private=False)


def test_inside_is_allowed_where_it_is_wanted() -> None:
    assert checked_url("http://127.0.0.1:8000/x", private=True)
