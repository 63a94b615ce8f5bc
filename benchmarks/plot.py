"""A plot with two logarithmic axes, as plain SVG."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]

WIDTH, HEIGHT = 400, 340  # of one panel, its labels included
LEFT, RIGHT, TOP, BOTTOM = 62, 36, 34, 46
COLOURS = ("#1b5e9e", "#c4500f", "#2f7d32", "#7a3b8f")
STYLE = "font-family: system-ui, sans-serif; font-size: 12px"


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines by name over one quantity; `y` and the names are shared by the panels of a plot."""

    x: str
    lines: Mapping[str, Sequence[Point]]


def svg(title: str, y: str, panels: Sequence[Panel]) -> str:
    """All panels side by side, on the same vertical axis, with one legend."""
    values = [value for panel in panels for line in panel.lines.values() for _, value in line]
    vertical = _decades(values)
    legend = 22 * len(panels[0].lines)
    width, height = WIDTH * len(panels), HEIGHT + legend + 8
    body = [f'<rect width="{width}" height="{height}" fill="white"/>', _text(width / 2, 20, title, "middle", bold=True)]
    for number, panel in enumerate(panels):
        body += _panel(panel, WIDTH * number, vertical, y if number == 0 else "")
    for number, name in enumerate(panels[0].lines):
        colour, at = COLOURS[number], HEIGHT + 22 * number + 8
        body.append(f'<line x1="{LEFT}" y1="{at}" x2="{LEFT + 28}" y2="{at}" stroke="{colour}" stroke-width="2"/>')
        body += [_mark(LEFT + 14, at, colour), _text(LEFT + 36, at + 4, name)]
    lines = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{title}" style="{STYLE}">\n{lines}\n</svg>\n'
    )


def _panel(panel: Panel, left: float, vertical: range, y: str) -> Iterator[str]:
    horizontal = _decades([value for line in panel.lines.values() for value, _ in line])
    x0, x1, y0, y1 = left + LEFT, left + WIDTH - RIGHT, HEIGHT - BOTTOM, TOP

    def across(value: float) -> float:
        return _place(value, horizontal, x0, x1)

    def up(value: float) -> float:
        return _place(value, vertical, y0, y1)

    for power in horizontal:
        at = across(10.0**power)
        yield f'<line x1="{at:.1f}" y1="{y0}" x2="{at:.1f}" y2="{y1}" stroke="#ddd"/>'
        yield _text(at, y0 + 18, _number(power), "middle")
    for power in vertical:
        at = up(10.0**power)
        yield f'<line x1="{x0}" y1="{at:.1f}" x2="{x1}" y2="{at:.1f}" stroke="#ddd"/>'
        yield _text(x0 - 8, at + 4, _number(power), "end")
    yield _text((x0 + x1) / 2, y0 + 38, panel.x, "middle")
    if y:
        middle = (y0 + y1) / 2
        yield f'<g transform="rotate(-90 {left + 14} {middle})">{_text(left + 14, middle, y, "middle")}</g>'
    for colour, line in zip(COLOURS, panel.lines.values(), strict=False):
        places = [(across(x), up(value)) for x, value in line]
        points = " ".join(f"{x:.1f},{at:.1f}" for x, at in places)
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (_mark(x, at, colour) for x, at in places)


def _decades(values: Iterable[float]) -> range:
    """The powers of ten that hold these values."""
    known = list(values)
    return range(math.floor(math.log10(min(known))), math.ceil(math.log10(max(known))) + 1)


def _place(value: float, decades: range, start: float, end: float) -> float:
    return start + (end - start) * (math.log10(value) - decades[0]) / (decades[-1] - decades[0])


def _number(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def _mark(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222"{weight}>{words}</text>'
