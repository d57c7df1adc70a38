"""Loads the rules: the base file and the overlays of all programs beside it; each program is sound or it is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from server.engine.places import Place
from server.engine.ruleset import Ruleset
from server.rules.compile import compile_rules, revision_of
from server.rules.diagnostics import Diagnostic, Findings, RulesError, Severity, for_program
from server.rules.files import PROGRAMS, SUFFIX, RuleFiles, gather
from server.rules.locks import check_locks
from server.rules.nodes import Table, word
from server.rules.overlays import check_base, check_heading, merge
from server.rules.shape import check_shape
from server.rules.source import Source, read_file, read_text

END = "# end of rules"
"""The last line of a file that wants to be known as whole."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """Rules that are fit for use: by program, the base first, then the overlays in the order of their keys.

    ``diagnostics`` are the warnings.
    """

    rulesets: Mapping[str, Ruleset]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one file. ``ruleset``: None where it cannot be used; ``problems`` say why, or only warn."""

    ruleset: Ruleset | None
    problems: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of all files: the base, and by program the overlays. ``diagnostics``: what is to be told of all.

    Nothing that is laid over a base that cannot be used is fit for use.
    """

    base: Verdict
    overlays: Mapping[str, Verdict]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """Whether anything cannot be used."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def load_rules(path: Path, *, examined: bool = True) -> LoadedRules:
    """Loads a base file and ``programs/*.yaml`` beside it. ``examined``: also plays the examples of every program.

    Raises RulesError with every problem of every file. Messages name files relative to the current
    folder where they lie below it.
    """
    files = gather(path)
    loaded = _sound(judge(files, examined=examined))
    return replace(loaded, diagnostics=(*loaded.diagnostics, *_without_end(files)))


def load_text(
    text: str, name: str = "rules.yaml", programs: Mapping[str, str] | None = None, *, examined: bool = True
) -> LoadedRules:
    """Loads rules from text; ``programs`` are the texts of overlays by program key. Raises RulesError."""
    findings = Findings()
    base = read_text(text, name, findings)
    overlays = {
        key: read_text(overlay, f"{PROGRAMS}/{key}{SUFFIX}", findings)
        for key, overlay in sorted((programs or {}).items())
    }
    return _sound(_judge(base, overlays, findings, examined=examined))


def judge(files: RuleFiles, before: Mapping[str, str] | None = None, *, examined: bool = True) -> Judged:
    """Says of every file whether it can be used.

    ``before``: the texts in force by the names of their files; what ended with :data:`END` has to end so again.
    """
    findings = Findings()
    base = read_file(files.base, findings)
    overlays = {key: read_file(file, findings) for key, file in files.overlays.items()}
    for source in (base, *overlays.values()):
        was_marked = ends((before or {}).get(source.file, ""))
        if was_marked and source.text.strip() and not ends(source.text):
            message = f"the file does not end with the line '{END}', as the version in force does: is it half-written?"
            hint = f"save the whole file, with '{END}' as its last line"
            findings.error("unfinished-file", _last_line(source.file, source.text), message, hint)
    return _judge(base, overlays, findings, examined=examined)


def ends(text: str) -> bool:
    """Whether a text has the line at its end that says it is whole."""
    return text.rstrip().rpartition("\n")[2] == END


def _without_end(files: RuleFiles) -> tuple[Diagnostic, ...]:
    """Advice for every file, all of them sound, that could not be told from a half-written one."""
    findings = Findings()
    for file in (files.base, *files.overlays.values()):
        text = file.data.decode("utf-8-sig")
        findings.know(file.name, text)
        if not ends(text):
            message = f"the file does not end with the line '{END}', so that a half-written one would not be noticed"
            findings.warn("no-end-line", _last_line(file.name, text), message, f"add the line '{END}'")
    return findings.all()


def _last_line(file: str, text: str) -> Place:
    return Place(file, text.rstrip().count("\n") + 1)


def _sound(judged: Judged) -> LoadedRules:
    if judged.failed:
        raise RulesError(judged.diagnostics)
    found = (judged.base.ruleset, *(verdict.ruleset for verdict in judged.overlays.values()))
    return LoadedRules({ruleset.program: ruleset for ruleset in found if ruleset is not None}, judged.diagnostics)


def _judge(base: Source, overlays: Mapping[str, Source], findings: Findings, *, examined: bool) -> Judged:
    compiled = _base(base, findings, examined=examined)
    first = _verdict(compiled, (found for found in findings.all() if found.file == base.file))
    verdicts = {}
    for stem, source in overlays.items():
        known = findings.all()
        overlay = _overlay(base, source, stem, findings, base_is_sound=compiled is not None, examined=examined)
        own = [found for found in findings.all() if found.file == source.file or found not in known]
        verdicts[stem] = _verdict(overlay, own if first.ruleset else (*_errors(first.problems), *own))
    return Judged(first, verdicts, findings.all())


def _verdict(ruleset: Ruleset | None, problems: Iterable[Diagnostic]) -> Verdict:
    found = tuple(problems)
    return Verdict(None if _errors(found) else ruleset, found)


def _errors(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(each for each in found if each.severity is Severity.ERROR)


def _base(source: Source, findings: Findings, *, examined: bool) -> Ruleset | None:
    root = source.root
    if isinstance(root, Table) and "extends" in root.entries:
        message = "this is the overlay of one program, not a base file"
        hint = f"check the base file; the overlays in {PROGRAMS}/ beside it are checked with it"
        findings.error("is-overlay", root.place_of("extends"), message, hint)
        return None
    return None if root is None else compile_rules(root, (source.text,), findings, examined=examined)


def _overlay(
    base: Source, source: Source, stem: str, findings: Findings, *, base_is_sound: bool, examined: bool
) -> Ruleset | None:
    if source.root is None:
        return None
    broken = check_shape(source.root, findings, overlay=True)
    if not isinstance(source.root, Table) or not isinstance(base.root, Table):
        return None
    check_heading(source.root, word(base.root, "program") or "", stem, findings)
    check_base(source.root, revision_of((base.text,)), findings)
    if broken:
        return None
    own = findings.apart()
    tree = merge(base.root, source.root, own)
    check_locks(base.root, tree, own)
    merged_well = not own.failed
    ruleset = compile_rules(tree.root, (base.text, source.text), own, examined=examined)
    _take_over(own, source, stem, findings, base_is_sound=base_is_sound and merged_well)
    return replace(ruleset, removed=tree.removed) if ruleset and not own.failed else None


def _take_over(own: Findings, source: Source, stem: str, findings: Findings, *, base_is_sound: bool) -> None:
    """Tells what is wrong in the overlay, and what it makes wrong in the base; not the base's own faults again."""
    known = {(d.file, d.line, d.column, d.code) for d in findings.all()}
    for found in own.all():
        if found.file == source.file:
            findings.add(found)
        elif base_is_sound and (found.file, found.line, found.column, found.code) not in known:
            findings.add(for_program(found, stem))
