"""How wide text is, and how it is broken into lines, without asking a font."""

_WIDE = 1.0
_SIGNS = {
    **dict.fromkeys("ijl|!.,;:'`", 0.32),
    **dict.fromkeys('ftrI()[]{}/\\-·“”" ', 0.39),
    **dict.fromkeys("ckszvxyJ", 0.56),
    **dict.fromkeys("mwMW→@%", 0.96),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ&_", 0.71),
}
_USUAL = 0.63
_BOLD = 1.08
_FULL_WIDTH = 0x1100
ELLIPSIS = "…"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a line is, in the units of ``size``; rather too wide than too narrow."""
    ems = sum(_SIGNS.get(sign, _WIDE if ord(sign) >= _FULL_WIDTH else _USUAL) for sign in text)
    return ems * size * (_BOLD if bold else 1)


def lines_of(text: str, size: float, room: float, *, most: int = 2, bold: bool = False) -> tuple[str, ...]:
    """A text in at most so many lines of at most this width; what does not fit gives way to an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size, bold=bold) <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    kept = lines[:most] if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]}{ELLIPSIS}"]
    return tuple(_cut(line, size, room, bold=bold) for line in kept) or ("",)


def _cut(line: str, size: float, room: float, *, bold: bool) -> str:
    if width_of(line, size, bold=bold) <= room:
        return line
    while len(line) > 1 and width_of(line + ELLIPSIS, size, bold=bold) > room:
        line = line[:-1]
    return line.rstrip(ELLIPSIS) + ELLIPSIS
