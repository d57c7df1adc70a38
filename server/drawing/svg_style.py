"""How the SVG looks: by day and by night, on paper, and under the pointer."""

from collections.abc import Mapping

from server.drawing.colours import Paint

_DAY = {
    "paper": "#f7f9fc", "panel": "#ffffff", "edge": "#d6dee8", "ink": "#24344a", "faint": "#5d6d82",
    "line": "#64748b", "step": "#ffffff", "step-edge": "#94a3b8", "thread": "#b45309",
}  # fmt: skip
_NIGHT = {
    "paper": "#0e151d", "panel": "#151f2a", "edge": "#2a3949", "ink": "#e3eaf2", "faint": "#9fb0c2",
    "line": "#8fa3b8", "step": "#1c2937", "step-edge": "#56697e", "thread": "#e9a44c",
}  # fmt: skip

_RULES = """
.flow{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
.flow text{fill:var(--ink)}
.flow .paper{fill:var(--paper)}
.flow .panel{fill:var(--panel);stroke:var(--edge)}
.flow .title{font-size:19px;font-weight:700}
.flow .heading{font-size:15px;font-weight:700}
.flow .aside{font-size:12px;fill:var(--faint)}
.flow .label{font-size:13px;font-weight:600}
.flow .note{font-size:11px}
.flow .step rect{fill:var(--step);stroke:var(--step-edge)}
.flow .step .label{font-size:12px;font-weight:400}
.flow .step .note{font-size:10.5px;fill:var(--faint)}
.flow .follows rect{stroke-dasharray:4 3}
.flow .follows .label{font-style:italic}
.flow .line{fill:none;stroke:var(--line);stroke-width:1.5}
.flow .line.follows,.flow .line.by-itself{stroke-dasharray:5 4}
.flow .tip{fill:var(--line)}
.flow .clock{fill:none;stroke:var(--faint);stroke-width:1.3;stroke-linecap:round}
.flow .dot{fill:var(--ink)}
.flow .thread{fill:none;stroke:var(--thread);stroke-width:1.3;stroke-dasharray:1 4;stroke-linecap:round;opacity:.55}
.flow .thread-tip{fill:var(--thread);opacity:.7}
""".strip()


def style_of(paints: Mapping[str, Paint]) -> str:
    """The style sheet of a picture. ``paints``: of the statuses, by the class that they have."""
    day = _variables(_DAY) + "".join(
        f"--{name}:{paint.fill};--on-{name}:{paint.ink};" for name, paint in paints.items()
    )
    night = _variables(_NIGHT) + "".join(
        f"--{name}:{paint.night_fill};--on-{name}:{paint.night_ink};" for name, paint in paints.items()
    )
    boxes = "".join(
        f".flow .{name} rect{{fill:var(--{name})}}.flow .{name} text{{fill:var(--on-{name})}}\n" for name in paints
    )
    return (
        f".flow{{{day}}}\n@media screen and (prefers-color-scheme:dark){{.flow{{{night}}}}}\n{_RULES}\n{boxes}"
        "@media print{.flow rect{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
    )


def _variables(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())
