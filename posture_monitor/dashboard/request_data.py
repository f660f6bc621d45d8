"""What comes in with a request: forms, dates and numbers, each checked at the door."""

from __future__ import annotations

import hmac
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool

from posture_monitor.dashboard.desk import SAMPLE_REFUSAL, Desk, Refusal
from posture_monitor.dashboard.guard import CSRF_FIELD, CSRF_HEADER
from posture_monitor.dashboard.keys import csrf_of
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    Form = Mapping[str, str]
    Answer = Callable[[Request, Form], Response]

_MAX_FIELDS = 200
MAX_RANGE_DAYS = 3660


def posting(
    desk: Desk, answer: Answer, *, on_sample: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """A handler of a form: checks that it came from our own page, then asks `answer`.

    Sample data stays as it is unless `on_sample`.
    """

    async def handle(request: Request) -> Response:
        body = await request.body()
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
            )
        except (UnicodeDecodeError, ValueError):
            raise Refusal(
                400, _("This form can’t be read"), _("Send it again from the page.")
            ) from None
        form = dict(pairs)
        given = request.headers.get(CSRF_HEADER.decode(), form.get(CSRF_FIELD, ""))
        if not hmac.compare_digest(given.encode(), csrf_of(desk.keys.token).encode()):
            raise Refusal(403, _("This form is too old"), _("Reload the page and send it again."))
        if desk.sample and not on_sample:
            raise Refusal(409, _("Sample data"), _(SAMPLE_REFUSAL))
        return await run_in_threadpool(answer, request, form)

    return handle


def asked_day(text: str | None, otherwise: date, *, earliest: date | None = None) -> date:
    """A date from an address; Refusal for what is none."""
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            400, _("That is no date"), _("Write dates like 2026-01-31, or choose one on the page.")
        ) from None
    if not date(1990, 1, 1) <= day <= date(2200, 1, 1) or (earliest and day < earliest):
        raise Refusal(400, _("That date is out of range"), _("Choose a date in this century."))
    return day


def asked_choice(text: str | None, choices: Mapping[str, Any], otherwise: str) -> str:
    """One of the known words; what is unknown is the usual one."""
    return text if text is not None and text in choices else otherwise


def asked_range(request: Request, today: date) -> tuple[date, date]:
    """`since` and `until` of an address, the last four weeks where they are missing."""
    last = asked_day(request.query_params.get("until"), today)
    first = asked_day(request.query_params.get("since"), last - timedelta(days=27))
    if first > last:
        raise Refusal(
            400, _("These dates are the wrong way round"), _("The first lies after the last.")
        )
    if (last - first).days > MAX_RANGE_DAYS:
        raise Refusal(400, _("This is too long a time"), _("Choose at most ten years."))
    return first, last


def asked_minutes(form: Mapping[str, str], otherwise: float, most: float) -> float:
    """`minutes` of a form."""
    text = form.get("minutes", "").strip()
    if not text:
        return otherwise
    try:
        minutes = float(text)
    except ValueError:
        raise Refusal(400, _("That is no number"), _("Give the minutes as a number.")) from None
    if not 0.0 < minutes <= most:
        raise Refusal(
            400, _("That is out of range"), _("Give between 1 and {most:.0f} minutes.", most=most)
        )
    return minutes
