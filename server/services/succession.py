"""Which rules come into force next: those of the files where they are sound, else those of before."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from server.domain.revisions import Activator
from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, RulesError, Severity
from server.rules.files import PROGRAMS, SUFFIX, RuleFiles
from server.rules.loader import Judged, judge, load_text
from server.services.rulebook import Problems, Rulebook, open_rulebook
from server.services.stranding import StrandedError
from server.store.sessions import Session

Texts = Mapping[str, tuple[str, ...]]
"""By program, a base program first: the effective text it is under."""


@dataclass(frozen=True, slots=True)
class Succession:
    """The rules that are to be in force, by program, the base first, and what is to be told of the files.

    ``held``: the errors for which something is not as the files say. ``unserved``: those of programs that have
    no rules to fall back on; they are told as problems of the base program.
    """

    rulesets: Mapping[str, Ruleset]
    problems: Problems
    warnings: tuple[Diagnostic, ...] = ()
    held: tuple[Diagnostic, ...] = ()
    unserved: tuple[Diagnostic, ...] = ()

    def without(self, told: Problems, before: Mapping[str, Ruleset]) -> "Succession":
        """The same, but for the programs that something is told of, which stay under the rules of ``before``.

        Raises RulesError where the base program has none, and so nothing can be served; and for a program that
        would be under these already.
        """
        base, *_ = self.rulesets
        for key, found in told.items():
            if self.rulesets[key] is before.get(key) or (key == base and base not in before):
                raise RulesError(found)
        stay = {key: before.get(key) if key in told else ruleset for key, ruleset in self.rulesets.items()}
        lost = tuple(each for key, found in told.items() if key not in before for each in found)
        problems = {key: (*self.problems.get(key, ()), *told.get(key, ())) for key in stay}
        return replace(
            self,
            rulesets={key: ruleset for key, ruleset in stay.items() if ruleset is not None},
            problems={**problems, base: (*problems[base], *lost)},
            held=(*self.held, *(each for found in told.values() for each in found)),
            unserved=(*self.unserved, *lost),
        )


def take_into_force(
    session: Session,
    following: Succession,
    now: datetime,
    *,
    by: Activator,
    before: Rulebook | None = None,
    previous: Mapping[str, Ruleset],
) -> tuple[Rulebook, Succession]:
    """Takes rules into force, for each program unless they would strand its people; those stay as they were.

    ``previous``: what programs were under last. Answers with what is in force, and with what has become of the rest.
    """
    while True:
        try:
            rulebook = open_rulebook(
                session, following.rulesets, now, by=by, problems=following.problems, before=before, previous=previous
            )
        except StrandedError as error:
            following = following.without(error.told, previous)
        else:
            return rulebook, following


def succeed(
    files: RuleFiles, texts: Texts, rulesets: Callable[[], Mapping[str, Ruleset]], stay: Collection[str]
) -> Succession:
    """What follows, once the files are as they are, on the rules that programs are under.

    ``texts``: what they are under; ``rulesets``: the same, compiled, as far as it can be, and only asked for
    where it is needed; ``stay``: the programs that go on under their rules when their files are gone.

    A broken base holds back whatever is laid over it, a broken overlay only its own program. Raises
    RulesError with all that is to be told where not even the base program has any rules.
    """
    judged = judge(files, _by_file(files, texts))
    there = {judged.base.ruleset.program if judged.base.ruleset else next(iter(texts), ""), *files.overlays}
    gone = [key for key in texts if key in stay and key not in there]
    if not judged.failed and not gone:
        return _as_the_files_say(judged)
    return _held_back(files, judged, rulesets(), gone)


def restored(texts: Texts, files: RuleFiles) -> Mapping[str, Ruleset]:
    """Rules made again from texts that were in force; without those that this version does not understand."""
    found = {}
    for key, (base, *overlay) in texts.items():
        try:
            loaded = load_text(base, files.base.name, {key: overlay[0]} if overlay else {}, examined=False)
        except RulesError:
            continue
        found[key] = loaded.rulesets[key]
    return found


def _by_file(files: RuleFiles, texts: Texts) -> Mapping[str, str]:
    """The texts that programs are under, by the names of their files."""
    overlays = {file.name: texts[key][-1] for key, file in files.overlays.items() if key in texts}
    return {files.base.name: next(iter(texts.values()), ("",))[0], **overlays}


def _as_the_files_say(judged: Judged) -> Succession:
    verdicts = (judged.base, *judged.overlays.values())
    sound = [(verdict.ruleset, verdict.problems) for verdict in verdicts if verdict.ruleset is not None]
    rulesets = {ruleset.program: ruleset for ruleset, _ in sound}
    return Succession(rulesets, {ruleset.program: found for ruleset, found in sound}, judged.diagnostics)


def _held_back(files: RuleFiles, judged: Judged, before: Mapping[str, Ruleset], gone: list[str]) -> Succession:
    base = judged.base.ruleset or next(iter(before.values()), None)
    if base is None:
        raise RulesError(judged.diagnostics)
    rulesets, problems, unserved = {base.program: base}, {base.program: judged.base.problems}, []
    found = [(key, verdict.ruleset, verdict.problems) for key, verdict in judged.overlays.items()]
    for key, sound, told in (*found, *((key, None, (_gone(files, key),)) for key in gone if key in before)):
        ruleset = sound or before.get(key)
        if ruleset is not None:
            rulesets[key], problems[key] = ruleset, told
        else:
            unserved += [each for each in told if each not in judged.base.problems]
    problems[base.program] += tuple(unserved)
    everything = dict.fromkeys(each for told in problems.values() for each in told)
    held = tuple(each for each in everything if each.severity is Severity.ERROR)
    return Succession(rulesets, problems, held=held, unserved=tuple(unserved))


def _gone(files: RuleFiles, key: str) -> Diagnostic:
    name = str(PurePath(files.base.name).parent / PROGRAMS / f"{key}{SUFFIX}")
    message = f"the rules of the program {key} are gone; those that were in force last stay so"
    hint = "put the file back; to end the program, see to it that nobody is in it any more"
    return Diagnostic(Severity.ERROR, "file-gone", message, name, 1, 1, hint)
