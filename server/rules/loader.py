"""Loads the rules: the base file and the overlays of all programs beside it, all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.engine.ruleset import Ruleset
from server.rules.compile import compile_rules
from server.rules.diagnostics import Diagnostic, Findings, RulesError, for_program
from server.rules.locks import check_locks
from server.rules.nodes import Table, word
from server.rules.overlays import check_heading, merge
from server.rules.shape import check_shape
from server.rules.source import Source, read_file, read_text

PROGRAMS = "programs"
"""The folder beside the base file that holds the overlays."""

_SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """Rules that are fit for use: by program, the base first, then the overlays in the order of their keys.

    ``diagnostics`` are the warnings.
    """

    rulesets: Mapping[str, Ruleset]
    diagnostics: tuple[Diagnostic, ...]


def load_rules(path: Path, *, examined: bool = True) -> LoadedRules:
    """Loads a base file and ``programs/*.yaml`` beside it. ``examined``: also plays the examples of every program.

    Raises RulesError with every problem of every file. Messages name files relative to the current
    folder where they lie below it.
    """
    findings = Findings()
    base = read_file(path, _shown(path), findings)
    overlays = {file: read_file(file, _shown(file), findings) for file in _overlay_files(path.parent / PROGRAMS)}
    return _load(base, {file.stem: source for file, source in overlays.items()}, findings, examined=examined)


def load_text(text: str, name: str = "rules.yaml", programs: Mapping[str, str] | None = None) -> LoadedRules:
    """Loads rules from text; ``programs`` are the texts of overlays by program key. Raises RulesError."""
    findings = Findings()
    base = read_text(text, name, findings)
    overlays = {
        key: read_text(overlay, f"{PROGRAMS}/{key}{_SUFFIX}", findings)
        for key, overlay in sorted((programs or {}).items())
    }
    return _load(base, overlays, findings)


def _shown(path: Path) -> str:
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def _overlay_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix == _SUFFIX and not file.name.startswith("."))


def _load(base: Source, overlays: Mapping[str, Source], findings: Findings, *, examined: bool = True) -> LoadedRules:
    rulesets: dict[str, Ruleset] = {}
    compiled = _base(base, findings, examined=examined)
    if compiled is not None:
        rulesets[compiled.program] = compiled
    for stem, source in overlays.items():
        overlay = _overlay(base, source, stem, findings, base_is_sound=compiled is not None, examined=examined)
        if overlay is not None:
            rulesets[overlay.program] = overlay
    if findings.failed:
        raise RulesError(findings.all())
    return LoadedRules(rulesets, findings.all())


def _base(source: Source, findings: Findings, *, examined: bool) -> Ruleset | None:
    root = source.root
    if isinstance(root, Table) and "extends" in root.entries:
        message = "this is the overlay of one program, not a base file"
        hint = f"check the base file; the overlays in {PROGRAMS}/ beside it are checked with it"
        findings.error("is-overlay", root.place_of("extends"), message, hint)
        return None
    return None if root is None else compile_rules(root, source.text, findings, examined=examined)


def _overlay(
    base: Source, source: Source, stem: str, findings: Findings, *, base_is_sound: bool, examined: bool
) -> Ruleset | None:
    if source.root is None:
        return None
    broken = check_shape(source.root, findings, overlay=True)
    if not isinstance(source.root, Table) or not isinstance(base.root, Table):
        return None
    check_heading(source.root, word(base.root, "program") or "", stem, findings)
    if broken:
        return None
    own = findings.apart()
    tree = merge(base.root, source.root, own)
    check_locks(base.root, tree, own)
    merged_well = not own.failed
    ruleset = compile_rules(tree.root, f"{base.text}\0{source.text}", own, examined=examined)
    _take_over(own, source, stem, findings, base_is_sound=base_is_sound and merged_well)
    return ruleset if not own.failed else None


def _take_over(own: Findings, source: Source, stem: str, findings: Findings, *, base_is_sound: bool) -> None:
    """Tells what is wrong in the overlay, and what it makes wrong in the base; not the base's own faults again."""
    known = {(d.file, d.line, d.column, d.code) for d in findings.all()}
    for found in own.all():
        if found.file == source.file:
            findings.add(found)
        elif base_is_sound and (found.file, found.line, found.column, found.code) not in known:
            findings.add(for_program(found, stem))
