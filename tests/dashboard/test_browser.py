"""The pages in a real browser: readable by everybody, on any screen, and talking to nobody else."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.domain import Presence, Reason, Sample, View
from posture_monitor.history.store import Store
from posture_monitor.wording import language
from tests.dashboard.serving import NOW, PAGES, UPRIGHT, Recorder, serving, write_days

if TYPE_CHECKING:
    from collections.abc import Iterator

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
LOOKS = {  # colours and width: which of them a record is looked at with
    "empty": [("light", 1280), ("dark", 360)],
    "one day": [("dark", 1280), ("light", 360)],
    "month": [("light", 360), ("dark", 1280)],
    "year": [("dark", 360), ("light", 1920)],
}
ALIKE = {
    "advice",
    "effect",
    "break",
    "stretches",
    "settings",
    "data",
    "live",
    "calibrate",
    "profiles",
    "reasons",
    "breaks",
    "sessions",
}
"""Pages that look alike over any record with days: seen empty and over the month."""
LOOK_RULES = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
"""What depends on colours and width, not on the document alone."""
RUN_AXE = """async (rules) => (await axe.run(document,
    {resultTypes: ["violations"], ...(rules.length ? {runOnly: rules} : {})})).violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`)"""


@contextmanager
def opened(
    browser, served, *, scheme="light", width=1280, height=900, refusals=0, **options
) -> Iterator:
    """A page come in by the printed address; it must log no error but the
    `refusals` that a test provokes, and ask nobody but its server.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, **options
    )
    context.add_init_script(path=AXE)  # from outside the page: its policy stays as it is
    page = context.new_page()
    asked, errors = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    try:
        page.goto(served.server.address)
        yield page
    finally:
        context.close()
    strangers = [url for url in asked if urlsplit(url).netloc != f"127.0.0.1:{served.port}"]

    assert [url for url in strangers if not url.startswith("blob:")] == []
    refused = [text for text in errors if "the server responded with a status of 4" in text]
    assert [text for text in errors if text not in refused] == []
    assert len(refused) == refusals


def serious_findings(page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds on the page as it stands, by all of its rules or only some."""
    return page.evaluate(RUN_AXE, rules or [])


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def overflow_px(page) -> int:
    # Charts follow a new width in the next picture that the browser draws.
    return page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        ".then(() => document.documentElement.scrollWidth - window.innerWidth)"
    )


def assert_good(page, looks, where: object, axe_in: int | None = None) -> None:
    """One load looked at in several colours and widths; `axe_in` asks axe in that one alone."""
    for number, (scheme, width) in enumerate(looks):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})

        assert overflow_px(page) <= 0, (where, scheme, width)
        if axe_in in (None, number):
            rules = LOOK_RULES if number and axe_in is None else None
            assert serious_findings(page, rules) == [], (where, scheme, width)


@pytest.mark.parametrize("length", LOOKS)
def test_every_page_is_accessible_and_fits(browser, dashboards, length):
    served = dashboards[length]
    with opened(browser, served, reduced_motion="reduce") as page:
        for number, (name, target) in enumerate(PAGES.items()):
            if name in ALIKE and length in ("one day", "year"):
                continue
            page.goto(served.origin + served.base + target)
            if name.startswith("trends") and length != "empty":
                page.wait_for_selector("body[data-drawn='4']")

            # Every page is seen by axe in light and dark over the month; else once will do.
            assert_good(
                page, LOOKS[length], (name, length), None if length == "month" else number % 2
            )


def test_pages_in_german_are_german_accessible_and_fit_a_phone(browser, tmp_path):
    write_days(tmp_path, 3)
    language.use("de", {})
    try:
        with (
            serving(tmp_path, live=Recorder()) as served,
            opened(browser, served, width=390, reduced_motion="reduce") as page,
        ):
            titles = []
            for target in ("/", "/week", "/settings", "/live"):
                page.goto(served.origin + served.base + target)
                titles.append(page.title())

                assert overflow_px(page) <= 0, target
                assert page.get_attribute("html", "lang") == "de"
            said = page.evaluate("window.postureMonitor.t('Score {score} of 100', { score: 87 })")

            assert serious_findings(page) == []
    finally:
        language.use("en", {})

    assert said == "Note 87 von 100"
    assert [title.split(" · ")[0] for title in titles] == [
        "Jetzt",
        "Woche 9.–15. März 2026",
        "Einstellungen",
        "Live-Bild",
    ]


def test_pages_with_a_monitor_details_and_errors_are_accessible_too(browser, tmp_path):
    write_days(tmp_path, 3)
    with serving(tmp_path, live=Recorder()) as served:
        session = served.page("/sessions").split("/sessions/one?start=")[1].split('"')[0]
        with opened(browser, served) as page:
            for target in (
                "/",
                "/profiles",
                "/live",
                "/calibrate?profile=office",
                f"/sessions/one?start={session}",
                "/recordings/one?name=morning.mp4",
                "/week?show=score",
                "/week?show=strained",
                "/settings?said=saved",
            ):
                page.goto(served.origin + served.base + target)

                assert_good(page, [("light", 1280), ("dark", 360)], target)


def test_the_key_leaves_the_address_and_stays_good(browser, dashboards):
    served = dashboards["month"]
    with opened(browser, served) as page:
        page.wait_for_url(lambda url: "token" not in url)
        page.click("nav >> text=Week")

        assert page.url == f"{served.origin}{served.base}/week"
        assert "March 2026" in page.inner_text("h1")
        assert page.evaluate("document.cookie") == ""


def test_everything_can_be_reached_by_keyboard(browser, dashboards):
    with opened(browser, dashboards["month"], width=360, height=740) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Menu"
        assert not page.is_visible("nav >> text=Trends")
        page.keyboard.press("Enter")
        page.wait_for_selector("nav >> text=Trends")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.focus("nav >> text=Trends")
        page.keyboard.press("Enter")
        page.wait_for_url("**/trends")

        assert ring == "solid"


def test_the_present_changes_by_itself_keeps_the_focus_and_pauses_by_a_click(browser, tmp_path):
    live = Recorder()
    with (
        serving(tmp_path, live=live) as served,
        opened(browser, served, reduced_motion="reduce") as page,
    ):
        assert page.text_content(".ring-number") == "62"
        moves = "getComputedStyle(document.querySelector('.ring-value')).transition"
        assert page.evaluate(moves) in ("all 0s ease 0s", "all", "none")
        page.evaluate("window.kept = document.querySelector('.now-score')")
        page.get_by_role("button", name="Snooze 10 min").focus()
        live.said |= {"score": 91.0, "reasons": [], "penalties": {"slouch": 9.0}}
        page.wait_for_selector(".ring-number:text-is('91')")

        assert page.evaluate("window.kept === document.querySelector('.now-score')")
        assert page.evaluate("document.activeElement.textContent") == "Snooze 10 min"
        assert "slumped" in page.inner_text(".penalties")

        assert not page.is_visible("text=Resume")
        page.click("text=Pause 30 min")
        page.wait_for_selector("#toast:has-text('Paused.')")
        page.wait_for_selector(".now-state:has-text('Paused until 16:10')")
        page.click("text=Resume")
        page.wait_for_selector(".now-state:has-text('Sitting')")

    assert [name for name, _ in live.asked] == ["pause", "resume"]


def test_deleting_a_profile_is_asked_back(browser, month):
    with serving(month) as served, opened(browser, served) as page:
        page.goto(f"{served.origin}{served.base}/profiles")
        press(page, "Delete office")
        assert serious_findings(page) == []
        press(page, "Keep")
        assert page.locator("[data-profile]").count() == 2
        press(page, "Delete office")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.wait_for_selector("text=The profile is deleted.")

        assert page.locator("[data-profile]").count() == 1


def test_settings_are_mended_where_the_form_says_so(browser, tmp_path):
    with serving(tmp_path) as served, opened(browser, served, refusals=1) as page:
        page.goto(f"{served.origin}{served.base}/settings")
        page.evaluate("document.querySelector('form.settings').noValidate = true")
        page.fill("[name='posture.hold_s']", "2")
        page.uncheck("[name='reminders.water']", force=True)
        with page.expect_response("**/settings/save") as answered:
            press(page, "Save settings")
        assert answered.value.status == 422
        page.wait_for_selector("text=it must lie between 5 and 900")
        assert serious_findings(page) == []
        assert not page.is_checked("[name='reminders.water']")
        page.fill("[name='posture.hold_s']", "60")
        press(page, "Save settings")
        page.wait_for_selector("text=Saved.")

        assert page.input_value("[name='posture.hold_s']") == "60"


def test_the_report_prints_on_two_pages_with_the_days_whole_log(browser, dashboards):
    served = dashboards["month"]
    for since, pages, lines in (("2026-03-11", 2, 40), ("2026-03-09", 2, 0), ("2026-02-11", 2, 0)):
        until = "2026-03-11" if lines else "2026-03-12"
        target = f"/data/export?format=html&since={since}&until={until}"
        html = served.ask(target)[2]
        page = browser.new_page()
        page.set_content(html)
        printed = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        clipped = page.evaluate(
            "[...document.querySelectorAll('*')].filter("
            "(e) => getComputedStyle(e).overflowX !== 'visible').map((e) => e.tagName)"
        )
        page.close()

        assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= pages
        assert html.count("<li>") >= lines
        assert set(clipped) <= {"HTML", "BODY", "svg"}  # what scrolls is cut off on paper


def test_the_curves_say_no_data_where_there_is_none(browser, dashboards):
    with opened(browser, dashboards["month"]) as page:
        page.goto(f"{dashboards['month'].origin}{dashboards['month'].base}/trends")
        page.wait_for_selector("body[data-drawn='4']")
        box = page.locator("[data-chart='score'] .u-over").bounding_box()
        told = set()
        for step in range(40):
            page.mouse.move(box["x"] + box["width"] * step / 40.0, box["y"] + 40)
            told.add(page.inner_text("[data-told='score']").split(": ")[-1])

        assert "no data" in told
        assert any(text.endswith(" of 100") for text in told)


# --------------------------------------------------------------------------- pictures


@pytest.fixture(scope="module")
def seen() -> View:
    """One real look at the upright person of the samples."""
    from posture_monitor.system.clock import SystemClock
    from posture_monitor.vision.observer import open_observer
    from posture_monitor.vision.recordings import FileSource

    observer = open_observer("litert")
    with FileSource(UPRIGHT, CameraSettings(), clock=SystemClock(), speed=None) as source:
        frame = source.read()
        assert frame is not None
        observation = observer.observe(frame)
    observer.close()
    sample = Sample(frame.t_s, NOW, Presence.PRESENT, judged=True, score=66.0, strained=True,
                    reasons=(Reason.LEAN_IN,), penalties={Reason.LEAN_IN: 34.0})  # fmt: skip
    return View(frame, observation, sample)


def test_the_live_view_is_drawn_while_looked_at_and_no_longer(browser, month, seen):
    live = Recorder(shown=seen)
    with serving(month, live=live) as served, opened(browser, served) as page:
        assert live.watchers == 0
        page.goto(f"{served.origin}{served.base}/live")
        page.wait_for_selector("#live-told:has-text('Score 66 of 100: close to the screen')")
        assert live.watchers == 1
        greens = page.evaluate("""() => {
            const c = document.getElementById("picture");
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            const near = (i) => [63, 181, 161].every((v, k) => Math.abs(d[i + k] - v) < 4);
            let n = 0;
            for (let i = 0; i < d.length; i += 4) n += near(i);
            return n; }""")
        live.left.clear()
        page.click("text=Stop the picture")
        assert live.left.wait(10)
        live.watched.clear()
        page.click("text=Show the picture")
        assert live.watched.wait(10)
        live.left.clear()
        page.goto(f"{served.origin}{served.base}/week")
        assert live.left.wait(10)

    assert greens > 200
    assert live.watchers == 0


def test_a_picture_is_never_to_be_stored(month, seen):
    import http.client

    live = Recorder(shown=seen)
    with serving(month, live=live) as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)

        cookie = {"Cookie": served.cookie}
        connection.request("GET", f"{served.base}/live/stream?of=monitor", headers=cookie)
        answer = connection.getresponse()
        start = answer.read(4000)
        connection.close()
        assert live.left.wait(10)

    assert answer.getheader("cache-control") == "no-store"
    assert b'"left_shoulder"' in start
    assert sorted(p.name for p in month.iterdir() if p.suffix in {".jpg", ".png", ".mp4"}) == []


def test_a_video_file_becomes_a_profile(browser, tmp_path):
    with serving(tmp_path) as served, opened(browser, served) as page:
        page.goto(f"{served.origin}{served.base}/calibrate")
        page.fill("#profile", "Bürò 2")
        page.fill("#distance", "60")
        page.check("text=a video file on this machine")
        page.fill("#file", str(UPRIGHT))
        press(page, "Start")
        page.wait_for_selector(
            "#result-title:has-text('Profile “Bürò 2” is stored')", timeout=60_000
        )
        text = page.inner_text("#wizard-result")
        assert serious_findings(page) == []
        with Store(served.paths.database_file) as store:
            baseline = from_document(store.profile("Bürò 2") or {})

    assert baseline.distance_measured
    assert baseline.distance_cm == 60.0
    assert str(baseline.grade) in text
    assert "60 cm, measured" in text


@pytest.mark.parametrize("path", ["/no/such/film.mp4", "", "http://127.0.0.1/x.mjpg", "/etc"])
def test_only_a_file_that_is_there_can_be_calibrated_on(tmp_path, path):
    with serving(tmp_path) as served:
        status, _, text = served.post(
            "/calibrate/start", profile="x", **{"from": "file", "file": path}
        )

    assert status == 422
    assert "There is no such file" in text


def test_a_file_that_is_no_film_ends_the_wizard_with_a_sentence(browser, tmp_path):
    film = tmp_path / "not-a-film.mp4"
    film.write_bytes(b"nothing to see here")
    with serving(tmp_path / "data") as served, opened(browser, served) as page:
        page.goto(f"{served.origin}{served.base}/calibrate")
        page.check("text=a video file on this machine")
        page.fill("#file", str(film))
        press(page, "Start")
        page.wait_for_selector("#wizard-error:not(:empty)")

        assert page.is_visible("#wizard")


def test_the_running_monitor_calibrates_with_hints_and_a_countdown(browser, tmp_path, seen):
    live = Recorder(shown=seen)
    with serving(tmp_path, live=live) as served, opened(browser, served) as page:
        page.clock.install()
        page.goto(f"{served.origin}{served.base}/calibrate")
        page.fill("#profile", "desk")
        press(page, "Start")
        page.wait_for_selector("#wizard-unit:has-text('get ready')")
        live.heard.clear()
        page.clock.run_for(4000)
        assert live.heard.wait(10)

        def told(**values):
            live.said |= {"calibration": {"share": 0.0, "hint": "", "result": None, "error": None}
                          | values}  # fmt: skip

        told(share=0.25, hint="move back")
        page.wait_for_selector("#wizard-hint:has-text('Move back')")
        left = page.text_content("#wizard-left")
        assert serious_findings(page) == []
        told(share=1.0, result="fair; the picture is dim")
        page.wait_for_selector("#result-text:has-text('fair; the picture is dim')")

    assert live.asked == [("calibrate", {"profile": "desk", "distance_cm": None, "tired": False})]
    assert left == "9"


@pytest.mark.parametrize("name", ["", "self", "x" * 61, "a\nb"])
def test_a_name_that_can_not_be_used_is_refused(tmp_path, name):
    live = Recorder()
    with serving(tmp_path, live=live) as served:
        assert served.post("/calibrate/start", profile=name)[0] == 422
    assert live.asked == []


@pytest.mark.parametrize("distance", ["1", "1000", "far", "nan"])
def test_a_distance_that_can_not_be_is_refused(tmp_path, distance):
    live = Recorder()
    with serving(tmp_path, live=live) as served:
        assert served.post("/calibrate/start", profile="x", distance_cm=distance)[0] == 422
    assert live.asked == []


def test_a_second_calibration_waits_for_the_first(tmp_path):
    with serving(tmp_path) as served:
        form = {"profile": "x", "from": "file", "file": str(UPRIGHT)}
        first = served.post("/calibrate/start", **form)
        second = served.post("/calibrate/start", **form)
        served.post("/calibrate/cancel")
        left = [t for t in threading.enumerate() if t.name == "calibration"]

    assert (first[0], second[0]) == (303, 409)
    assert left == []


def test_what_was_seen_by_a_real_monitor_is_on_the_page(tmp_path):
    """A recording watched by the monitor itself, shown as what it was."""
    from tests.program import posture_monitor

    done = posture_monitor("--data-dir", tmp_path, "run", "--source", UPRIGHT, "--speed", "max")
    assert done.returncode == 0, done.stderr
    with serving(tmp_path) as served:
        listed = served.page("/sessions")
        name = listed.split("/recordings/one?name=")[1].split('"')[0]
        text = served.page(f"/recordings/one?name={name}")

    assert "01_upright_day" in text
    assert "Timeline" in text
