"""Nobody but the user's own browser gets an answer, and nothing is changed by looking."""

from __future__ import annotations

import http.client
import os
import socket
import time

import pytest

from posture_monitor.dashboard.keys import Keys
from posture_monitor.dashboard.server import DashboardServer
from posture_monitor.domain import ConfigError
from posture_monitor.history.store import Store
from tests.dashboard.serving import CSRF, TOKEN, Recorder, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ADDRESSES = ["/", "/week", "/static/app.css", "/static/vendor/uplot/LICENSE", "/data/export",
             "/events/now", "/live/stream", "/nowhere", "//evil",
             "/%2e%2e/config.toml"]  # fmt: skip


@pytest.fixture(scope="module")
def live() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def served(tmp_path_factory, live):
    with serving(tmp_path_factory.mktemp("data"), live=live) as one:
        yield one


@pytest.mark.parametrize("target", ADDRESSES)
def test_without_the_token_every_address_is_refused_and_never_redirected(served, target):
    for inside in (True, False):
        status, headers, _ = served.ask(target, key=False, inside=inside)

        assert 400 <= status < 500
        assert "location" not in headers
        assert "set-cookie" not in headers


def test_the_cookie_counts_under_the_secret_path_alone(served):
    assert served.ask("/week")[0] == 200
    assert served.ask("/week", inside=False)[0] == 403
    assert served.ask(f"/{'0' * 32}/week", inside=False)[0] == 403


def test_the_token_opens_any_page_for_scripts_as_often_as_they_like(served):
    for target in ("/week", "/week", "/static/app.css", "/"):
        for inside in (True, False):
            status, _, _ = served.ask(f"{target}?token={TOKEN}", key=False, inside=inside)

            assert status == 200


def test_the_address_for_a_browser_works_once_and_holds_neither_token_nor_path(served):
    address = served.server.address_for_browser()
    target = address.removeprefix(served.origin)
    first, headers, text = served.ask(target, key=False, inside=False)
    second, again, _ = served.ask(target, key=False, inside=False)

    assert TOKEN not in address
    assert served.base not in address
    assert (first, second) == (200, 403)
    assert "<h1>Now</h1>" in text
    assert headers["set-cookie"].startswith(served.cookie)
    assert "set-cookie" not in again


def test_the_address_for_a_browser_works_for_two_minutes():
    now_s = [1000.0]
    keys = Keys(TOKEN, lambda: now_s[0])
    in_time, too_late = keys.new_key(), keys.new_key()
    now_s[0] += 119.0

    assert keys.redeem(in_time)
    now_s[0] += 1.0
    assert not keys.redeem(too_late)


def test_only_the_newest_addresses_for_a_browser_are_kept():
    keys = Keys(TOKEN)
    made = [keys.new_key() for _ in range(20)]

    assert [keys.redeem(key) for key in made] == [False] * 4 + [True] * 16


def test_another_account_can_not_use_the_address_of_a_browser(served, monkeypatch):
    target = served.server.address_for_browser().removeprefix(served.origin)
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    stolen, headers, _ = served.ask(target, key=False, inside=False)
    monkeypatch.undo()

    assert stolen == 403
    assert "set-cookie" not in headers
    assert served.ask(target, key=False, inside=False)[0] == 200


@pytest.mark.parametrize("given", ["wrong", "", TOKEN[:-1], TOKEN + "x", f"{TOKEN}&token=wrong"])
def test_a_wrong_token_is_refused(served, given):
    status, headers, _ = served.ask(f"/?token={given}", key=False)

    assert status == 403
    assert "set-cookie" not in headers


def test_a_wrong_cookie_is_refused(served):
    for value in ("wrong", TOKEN, ""):
        status, _, _ = served.ask(
            "/", key=False, headers={"Cookie": f"posture_monitor_{served.port}={value}"}
        )

        assert status == 403


def test_the_right_token_opens_the_page_and_sets_a_strict_cookie(served):
    address = served.server.address.removeprefix(served.origin)
    status, headers, text = served.ask(address, key=False, inside=False)

    assert status == 200
    assert "<h1>Now</h1>" in text
    cookie = headers["set-cookie"]
    assert cookie.startswith(f"posture_monitor_{served.port}=")
    assert TOKEN not in cookie
    assert f"; Path={served.base};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_token_in_the_address_serves_no_post(served, live):
    status, _, _ = served.ask(
        f"/control?token={TOKEN}", method="POST", body=f"command=pause&csrf={CSRF}",
        headers={"Origin": served.origin, **FORM}, key=False,
    )  # fmt: skip

    assert status == 403
    assert live.asked == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_another_host_name_is_refused(served, host):
    status, _, _ = served.ask("/", headers={"Host": host.format(port=served.port)})

    assert status == 421


def test_the_name_localhost_is_answered(served):
    status, _, _ = served.ask("/", headers={"Host": f"localhost:{served.port}"})

    assert status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_elsewhere_is_refused(served, live, headers):
    sent = {name: value.format(port=served.port) for name, value in headers.items()}
    status, _, _ = served.ask(
        "/control", method="POST", body=f"command=pause&csrf={CSRF}", headers={**sent, **FORM}
    )

    assert status == 403
    assert live.asked == []


@pytest.mark.parametrize("csrf", ["", "wrong", TOKEN])
def test_a_post_without_the_pages_own_key_is_refused(served, live, csrf):
    status, _, text = served.post("/control", command="pause", csrf=csrf)

    assert status == 403
    assert "too old" in text
    assert live.asked == []


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_another_site_may_not_read_or_embed(served, mode):
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "empty"}

        assert served.ask("/static/app.js", headers=headers)[0] == 403
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
              "Sec-Fetch-Dest": "iframe"}  # fmt: skip
    assert served.ask("/", headers=framed)[0] == 403


@pytest.mark.parametrize(
    "target",
    ["/control", "/control?command=pause", "/profiles/delete?name=office",
     "/data/delete?what=all&word=delete", "/settings/save", "/calibrate/start",
     "/calibrate/cancel"],
)  # fmt: skip
def test_a_get_changes_nothing(served, live, target):
    status, _, _ = served.ask(target)

    assert status == 405
    assert live.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(served, method):
    assert served.ask("/", method=method)[0] == 405


def test_a_body_that_is_too_large_is_refused(served, live):
    status, _, _ = served.post("/control", command="pause", junk="x" * 70_000)

    assert status == 413
    assert live.asked == []


def test_a_body_that_hides_its_size_is_refused_as_too_large(served, live):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    headers = {"Origin": served.origin, "Cookie": served.cookie, **FORM}
    part = f"command=pause&csrf={CSRF}&junk=".encode()
    try:
        connection.request(
            "POST", f"{served.base}/control", headers=headers, encode_chunked=True,
            # More than the socket's buffers hold: unread bytes would reset the connection.
            body=iter([part, *[b"x" * 8192] * 100]),
        )  # fmt: skip
        status = connection.getresponse().status
    finally:
        connection.close()

    assert status == 413
    assert live.asked == []


def test_an_address_that_is_too_long_is_refused(served):
    assert served.ask("/day?day=" + "1" * 5000)[0] == 414


def test_a_head_that_never_ends_is_cut_off(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000)
        answer = b""
        try:
            while part := peer.recv(4096):
                answer += part
        except OSError:
            pass

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "path",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "..%5capp.py", "vendor/../../app.py",
     "....//app.py", "/etc/passwd", "%00"],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files(served, path):
    status, _, text = served.ask(f"/static/{path}")

    assert status == 404
    assert "import" not in text
    assert "root:" not in text


def test_every_answer_carries_the_safety_headers(served):
    for target in ("/", "/static/app.js", "/nowhere", "/?token=wrong"):
        _, headers, _ = served.ask(target)

        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert "no-store" in served.ask("/")[1]["cache-control"]


def test_the_token_stands_on_no_page(served):
    for target in ("/", "/settings", "/data"):
        assert TOKEN not in served.page(target)


def test_only_loopback_is_bound(served):
    bound = served.server._socket

    assert bound.getsockname()[0] == "127.0.0.1"


def test_a_taken_port_is_told_in_a_sentence(served):
    with pytest.raises(ConfigError, match="choose another --port"):
        DashboardServer(served.app, served.port).start()


def test_stopping_ends_open_streams_and_frees_the_port(tmp_path):
    with serving(tmp_path, live=Recorder()) as served:
        port = served.port
        peer = socket.create_connection(("127.0.0.1", port), timeout=10)
        host = f"Host: 127.0.0.1:{port}\r\nCookie: {served.cookie}"
        peer.sendall(f"GET {served.base}/events/now HTTP/1.1\r\n{host}\r\n\r\n".encode())
        assert peer.recv(15).startswith(b"HTTP/1.1 200")
        thread = served.server._thread
        begun_s = time.monotonic()
    took_s = time.monotonic() - begun_s
    peer.close()

    assert thread is not None
    assert not thread.is_alive()
    assert took_s < 4.0  # not only when the server loses patience after 5
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_texts_of_strangers_are_escaped(tmp_path):
    evil = "<script>alert(1)</script>\u202e"
    with Store(tmp_path / "history.db") as store:
        from tests.dashboard.serving import NOW

        store.begin_run(evil, live=False, profile=None, started_at=NOW)
        store.save_profile(evil, {"schema": 1}, NOW)
    live = Recorder()
    live.said |= {"camera": evil, "profile": evil, "notifications": evil, "state": evil,
                  "reasons": [evil], "penalties": {evil: 12.0}, "next_reminder": evil}  # fmt: skip
    with serving(tmp_path, live=live) as served:
        for target in ("/", "/sessions", "/profiles", "/data", "/calibrate"):
            text = served.page(target)

            assert "<script>alert" not in text
            assert "alert(1)" in text or target == "/data" or "&lt;script" in text
