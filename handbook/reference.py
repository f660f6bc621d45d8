"""Reference pages in Markdown, made from the code: commands, settings, weights of the score."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, get_type_hints

from handbook.commands import program
from posture_monitor.config import ENV_PREFIX, Settings
from posture_monitor.core.judge.fitted import WEIGHTS
from posture_monitor.wording import names

if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Any

    from handbook.commands import Argument, Command


def commands() -> str:
    """Every command with its options."""
    whole = program()
    lines = ["## Options before the command", "", *_table(whole.arguments), "", "## Every command"]
    for command in whole.words:
        for word in command.all():
            lines += ["", *_command(word)]
    return "\n".join(lines) + "\n"


def _command(word: Command) -> list[str]:
    level = "####" if " " in word.name else "###"
    lines = [f"{level} {word.name}", "", _sentence(word.summary), "", "```text", word.usage, "```"]
    if word.arguments:
        lines += ["", *_table(word.arguments)]
    if word.example:
        lines += ["", "For example:", "", "```sh", *word.example.splitlines(), "```"]
    return lines


def _table(arguments: tuple[Argument, ...]) -> list[str]:
    rows = [
        f"| `{_cell(' '.join(filter(None, (', '.join(each.forms), each.value))))}` "
        f"| {_cell(each.help)} |"
        for each in arguments
    ]
    return ["| option | what it does |", "|---|---|", *rows]


def settings() -> str:
    """Every setting with its bounds and its default, by section."""
    lines = []
    defaults = Settings()
    for section in fields(defaults):
        values = getattr(defaults, section.name)
        kinds = get_type_hints(type(values))
        lines += [f"## {section.name}", "", _doc(values), ""]
        lines += ["| setting | default | allowed | what it is |", "|---|---|---|---|"]
        for spec in fields(values):
            waits = " *(at the next start)*" if spec.metadata["at_start"] else ""
            lines.append(
                f"| `{section.name}.{spec.name}` | {_value(getattr(values, spec.name))} "
                f"| {_allowed(spec, kinds[spec.name])} | {_cell(spec.metadata['doc'])}{waits} |"
            )
        lines.append("")
    example = f"{ENV_PREFIX}SITTING_MIN_BREAK_S"
    lines += [f"The environment variable of `sitting.min_break_s` is `{example}`, and so on.", ""]
    return "\n".join(lines)


def _doc(section: object) -> str:
    return (type(section).__doc__ or "").strip()


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return f"`{value}`" if value != "" else "*empty*"


def _allowed(spec: Field[Any], kind: type) -> str:
    bounds = spec.metadata
    if "choices" in bounds:
        return ", ".join(f"`{choice}`" for choice in bounds["choices"])
    if "low" in bounds:
        return f"{bounds['low']:g} to {bounds['high']:g}"
    if kind is bool:
        return "true, false"
    return "written like the default" if "pattern" in bounds else "any text"


def weights() -> str:
    """What speaks for each reason, and how much."""
    rows = [
        f"| {names.REASONS[reason]} | `{reason}` | {_terms(terms)} |"
        for reason, terms in WEIGHTS.items()
    ]
    return "\n".join(["| reason | key | severity |", "|---|---|---|", *rows, ""])


def _terms(terms: Any) -> str:
    written = " ".join(
        f"{'+' if weight > 0 else '−'} {abs(weight):g} {name}" for name, weight in terms.items()
    )
    return written.removeprefix("+ ")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
