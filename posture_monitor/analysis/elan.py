"""What happened in a recording as an annotation file that ELAN opens (``NAME.eaf``).

Format 3.0 of EAF: times in whole milliseconds, tiers of annotations that don't overlap.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from posture_monitor.domain import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import IO

    from posture_monitor.domain import Event, Interval

EVENT_S = 0.5
"""How long an event is drawn: ELAN shows nothing that has no length."""
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class Span:
    """One annotation."""

    start_s: float
    end_s: float
    text: str


def tiers(
    intervals: Sequence[Interval], events: Iterable[Event], start_at: datetime
) -> dict[str, list[Span]]:
    """States, held strain with its reasons, time that wasn't judged, and events."""
    found: dict[str, list[Span]] = {"state": [], "strain": [], "not judged": [], "events": []}
    for one in intervals:
        start_s = (one.start_at - start_at).total_seconds()
        end_s = start_s + one.duration_s
        _append(found["state"], Span(start_s, end_s, str(one.state)))
        if one.strained:
            _append(found["strain"], Span(start_s, end_s, ";".join(one.reasons)))
        if one.state in (State.SITTING, State.STANDING) and one.strained is None:
            _append(found["not judged"], Span(start_s, end_s, "not judged"))
    for event in events:
        last = found["events"][-1] if found["events"] else None
        if last is not None and event.t_s < last.end_s:
            if event.t_s <= last.start_s:  # at the same moment
                together = f"{last.text}; {event.kind}"
                found["events"][-1] = Span(last.start_s, last.end_s, together)
                continue
            found["events"][-1] = Span(last.start_s, event.t_s, last.text)
        found["events"].append(Span(event.t_s, event.t_s + EVENT_S, str(event.kind)))
    return found


def _append(spans: list[Span], span: Span) -> None:
    """One that goes on is one annotation."""
    last = spans[-1] if spans else None
    if last is not None and last.text == span.text and span.start_s - last.end_s < 1e-3:
        spans[-1] = Span(last.start_s, span.end_s, span.text)
    else:
        spans.append(span)


def write_eaf(file: IO[bytes], video: Path, found: dict[str, list[Span]]) -> None:
    """The document; the video is named without its folder, and looked for beside the file."""
    ElementTree.register_namespace("xsi", _XSI)
    root = ElementTree.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "posture-monitor",
            "DATE": "1970-01-01T00:00:00Z",  # the same bytes from the same video
            "FORMAT": "3.0",
            "VERSION": "3.0",
            f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ElementTree.SubElement(
        root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    )
    kind = mimetypes.guess_type(video.name)[0] or "video/*"
    name = _xml_text(video.name)
    media = {"MEDIA_URL": f"./{name}", "RELATIVE_MEDIA_URL": f"./{name}", "MIME_TYPE": kind}
    ElementTree.SubElement(header, "MEDIA_DESCRIPTOR", media)
    order = ElementTree.SubElement(root, "TIME_ORDER")
    times_ms = sorted({_ms(at) for spans in found.values() for s in spans for at in _ends(s)})
    slots = {at_ms: f"ts{number}" for number, at_ms in enumerate(times_ms, start=1)}
    for at_ms, slot in slots.items():
        ElementTree.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": slot, "TIME_VALUE": str(at_ms)})
    number = 0
    for tier, spans in found.items():
        element = ElementTree.SubElement(
            root, "TIER", {"TIER_ID": tier, "LINGUISTIC_TYPE_REF": "default-lt"}
        )
        for span in spans:
            start_ms, end_ms = (_ms(at) for at in _ends(span))
            if end_ms <= start_ms:
                continue
            number += 1
            annotation = ElementTree.SubElement(
                ElementTree.SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                {
                    "ANNOTATION_ID": f"a{number}",
                    "TIME_SLOT_REF1": slots[start_ms],
                    "TIME_SLOT_REF2": slots[end_ms],
                },
            )
            ElementTree.SubElement(annotation, "ANNOTATION_VALUE").text = span.text
    ElementTree.SubElement(
        root,
        "LINGUISTIC_TYPE",
        {
            "LINGUISTIC_TYPE_ID": "default-lt",
            "TIME_ALIGNABLE": "true",
            "GRAPHIC_REFERENCES": "false",
        },
    )
    ElementTree.indent(root)
    file.write(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _ends(span: Span) -> tuple[float, float]:
    return span.start_s, span.end_s


def _ms(at_s: float) -> int:
    return max(round(1000.0 * at_s), 0)


def _xml_text(name: str) -> str:
    """Without what XML can't hold: control characters and bytes that were no text."""
    return "".join(
        letter if letter >= " " and not 0xD800 <= ord(letter) <= 0xDFFF else "?" for letter in name
    )
