"""The guards that keep tests on this machine, shown to work."""

import socket

import pytest


def test_no_test_may_reach_the_internet():
    with pytest.raises(ConnectionRefusedError, match="this machine only"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect_ex(("192.0.2.1", 80))
    with pytest.raises(ConnectionRefusedError):
        socket.getaddrinfo("example.org", 80)


def test_this_machine_may_be_reached():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=1).close()


@pytest.mark.browser
def test_the_browser_draws_a_page_and_knows_no_host(page):
    page.set_content("<svg><path d='M0 0 L9 9'/></svg>")
    assert page.locator("path").count() == 1
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org")
    with pytest.raises(Exception, match=r"ERR_\w+"):
        page.goto("http://192.0.2.1")
