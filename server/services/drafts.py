"""Edited rules that somebody wants judged: what is wrong with them, what they change, whom they would strand."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.domain.actors import Caller
from server.domain.errors import InputProblemsError, TryAgainError
from server.domain.vocabulary import Acts
from server.engine.impact import Affected
from server.engine.plan import Problem
from server.engine.ruleset import Ruleset
from server.exploration.differences import compare
from server.rules.diagnostics import Diagnostic, Severity
from server.rules.files import MAX_BYTES, RuleFile, RuleFiles
from server.rules.loader import judge
from server.services.access import program_named, roles_in
from server.services.acts import require_act
from server.services.impact import diagnosed, impact_on, sentence
from server.services.rulebook import Rulebook
from server.store.sessions import Session

JUDGING_SECONDS = 20.0
"""How long somebody waits at most for the judgement on a draft, and as long again for what it changes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a file, as it might be saved for a program."""

    program: str
    source: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the text alone says. ``before``: the rules it would follow on; ``ruleset``: None if it cannot be used."""

    before: Ruleset
    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What would come of saving a draft. ``impact``: what becomes of whom, with a sentence on each."""

    draft: Draft
    is_valid: bool
    revision: str | None
    diagnostics: tuple[Diagnostic, ...]
    impact: tuple[tuple[Affected, str], ...] = ()


class UnjudgedError(Exception):
    """Something about a draft is to be worked out first, which takes too long for the reading of a database."""


class Drafts:
    """The draft of one operation. Whoever needs what is not worked out yet is asked again once it is."""

    def __init__(self) -> None:
        self._draft: Draft | None = None
        self._judgement: Judgement | None = None
        self._changes: tuple[str, ...] | None = None
        self._compares = False

    def judgement(self, draft: Draft) -> Judgement:
        """Raises UnjudgedError where it is still to be made, InputProblemsError for a second draft."""
        if self._draft not in {None, draft}:
            raise InputProblemsError((Problem(("source",), "Check one file at a time, each in a request of its own."),))
        self._draft = draft
        if self._judgement is None:
            raise UnjudgedError(draft.program)
        return self._judgement

    def changes(self, draft: Draft) -> tuple[str, ...]:
        """What people can and cannot do any more, in sentences; what :meth:`judgement` raises."""
        self.judgement(draft)
        if self._changes is None:
            self._compares = True
            raise UnjudgedError(draft.program)
        return self._changes

    def work(self, rulebook: Rulebook) -> Callable[[], None] | None:
        """What is still to be worked out, for a thread of its own; None if nothing is."""
        draft, judgement = self._draft, self._judgement
        if draft is not None and judgement is None:
            return lambda: setattr(self, "_judgement", judge_draft(rulebook.rulesets(), rulebook.base, draft))
        if judgement is not None and self._compares and self._changes is None:
            return lambda: setattr(self, "_changes", changes_in(judgement))
        return None


class Judging:
    """Works out what drafts need, for one at a time in a process, in a thread beside everything else."""

    def __init__(self) -> None:
        self._busy: asyncio.Task[None] | None = None

    async def settle(self, drafts: Drafts, rulebook: Rulebook) -> bool:
        """Works out what is needed next; answers whether there was anything.

        Raises TryAgainError while another draft is worked on, and where it takes too long.
        """
        work = drafts.work(rulebook)
        if work is None:
            return False
        if self._busy is not None and not self._busy.done():
            raise TryAgainError("Another check of rules is under way here. Try again in a moment.")
        self._busy = asyncio.create_task(asyncio.to_thread(work))
        try:
            await asyncio.wait_for(asyncio.shield(self._busy), JUDGING_SECONDS)
        except TimeoutError:
            text = "This check takes too long here. Ask for it without 'changes', or run 'matchkeeper rules diff'."
            raise TryAgainError(text) from None
        return True


def judge_draft(rulesets: Mapping[str, Ruleset], base: str, draft: Draft) -> Judgement:
    """What the text alone says: every problem with its place.

    A draft of the base is judged with the overlays that are in force, one of an overlay over the base in force.
    """
    judged = judge(_files(rulesets, base, draft))
    verdict = judged.base if draft.program == base else judged.overlays[draft.program]
    found = judged.diagnostics if draft.program == base else verdict.problems
    return Judgement(rulesets[draft.program], None if judged.failed else verdict.ruleset, found)


def changes_in(judgement: Judgement) -> tuple[str, ...]:
    """What people can and cannot do any more, in sentences; nothing where the draft cannot be used."""
    before, after = judgement.before, judgement.ruleset
    if after is None or after.revision == before.revision:
        return ()
    found = compare(before, after)
    return tuple(f"{each.text} For example: {each.example}" if each.example else each.text for each in found)


def _files(rulesets: Mapping[str, Ruleset], base: str, draft: Draft) -> RuleFiles:
    """The files as they would be, under the names that they have now."""
    texts = {key: ruleset.texts[-1] for key, ruleset in rulesets.items()} | {draft.program: draft.source}
    if draft.program != base:
        texts[base] = rulesets[draft.program].texts[0]
    files = {
        key: RuleFile(rulesets[key].places["program"].file, text.encode("utf-8", "replace"))
        for key, text in texts.items()
        if draft.program in {base, key} or key == base
    }
    return RuleFiles(files[base], {key: file for key, file in files.items() if key != base})


class RuleChecks:
    """Says what would come of saving a draft; nothing is ever changed."""

    __slots__ = ("_drafts", "_rulebook")

    def __init__(self, rulebook: Rulebook, drafts: Drafts) -> None:
        self._rulebook, self._drafts = rulebook, drafts

    def report(self, session: Session, caller: Caller, program: str | None, source: str) -> Report:
        """What would come of it. ``program``: whose file it is, the base program's without one.

        Raises NotPermittedError for whoever may not edit the rules of the whole program, InputProblemsError for an
        unknown program or too long a text, UnjudgedError where the draft is still to be judged.
        """
        found = program_named(self._rulebook, caller, program)
        ruleset = self._rulebook.ruleset(found.id)
        whole = [role for role, reach in roles_in(ruleset, caller, found.id).items() if reach.whole]
        require_act(ruleset, whole, Acts.EDIT_RULES)
        if len(source.encode("utf-8", "replace")) > MAX_BYTES:
            raise InputProblemsError((Problem(("source",), f"A rules file has at most {MAX_BYTES} bytes."),))
        draft = Draft(found.key, source)
        judged = self._drafts.judgement(draft)
        if judged.ruleset is None:
            return Report(draft, False, None, judged.diagnostics)
        before, after = judged.before, judged.ruleset
        with session.everything():
            affected = impact_on(session, found.id, before, after)
        stranded = [diagnosed(each, before, after, Severity.ERROR) for each in affected if each.stranded]
        impact = tuple((each, sentence(each, before, after)) for each in affected)
        return Report(draft, not stranded, after.revision, (*judged.diagnostics, *stranded), impact)

    def changes(self, report: Report) -> tuple[str, ...]:
        """What people can and cannot do any more, in sentences. Raises UnjudgedError where it is not compared yet."""
        return self._drafts.changes(report.draft)
