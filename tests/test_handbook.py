"""What is written from the code: the man page tells every command and every option."""

from __future__ import annotations

import pytest

from handbook import man
from handbook.commands import program


@pytest.fixture(scope="module")
def page():
    return man.page()


def test_man_page_has_every_command_with_its_options(page):
    words = [word for command in program().words for word in command.all()]

    assert {"run", "calibrate", "analyze", "report", "profiles list"} <= {w.name for w in words}
    sections = dict(part.split("\n", 1) for part in page.split("\n.SS ")[1:])
    for word in words:
        section = sections[word.name.replace("-", r"\-")]
        for argument in word.arguments:
            for form in argument.forms:
                assert rf"\fB{form.replace('-', chr(92) + '-')}\fR" in section


def test_man_page_says_what_it_is_in_the_form_that_apropos_reads(page):
    assert "\n.SH NAME\nposture\\-monitor \\- watch posture" in page


def test_text_of_a_man_page_starts_no_request_and_keeps_its_hyphens():
    assert man._roff(".5 of a picture, '--out' \\n") == r"\&.5 of a picture, '\-\-out' \en"
    assert man._roff("'tis") == r"\&'tis"


def test_man_page_carries_the_day_of_the_build_only_where_it_is_told(page, monkeypatch):
    assert page.startswith('.TH POSTURE\\-MONITOR 1 "" "posture-monitor ')

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")

    assert man.page().startswith('.TH POSTURE\\-MONITOR 1 "2026-09-21" ')
