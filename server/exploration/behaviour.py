"""Two rulesets asked the same questions in the same situations: what goes through, and what it brings about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from server.engine.beginnings import begun
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.kinds import BETWEEN
from server.engine.plan import Plan, Refusal
from server.engine.ruleset import PLATFORM, Ruleset
from server.exploration.acts import PROGRAM, Acts, Tried, fits, presses
from server.exploration.change import Change
from server.exploration.lens import Lens
from server.exploration.words import Teller, together


def adapted(facts: Facts, ruleset: Ruleset) -> Facts | None:
    """A situation as it would be under these rules; None where somebody is in a status that they do not have."""
    situation, found = Situation(facts), []
    for record in facts.records.values():
        if record.declared is not None and record.declared not in ruleset.kinds:
            return None
        fresh = begun(ruleset, situation, record).statuses
        statuses = {**fresh, **{key: status for key, status in record.statuses.items() if key in fresh}}
        if any(status not in ruleset.machines[key].statuses for key, status in statuses.items()):
            return None
        found.append(replace(record, statuses=statuses))
    return Facts(found, facts.now)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rulesets, each with its lens, and the transitions that may be decided otherwise."""

    old: Ruleset
    new: Ruleset
    lenses: tuple[Lens, Lens]
    altered: frozenset[str]

    def changes(self, situations: Iterable[Facts]) -> Iterator[Change]:
        """What differs, each in the first situation in which it shows."""
        return self._changes(situations, [key for key in self.new.transitions if key in self.altered])

    def meetings(self, strangers: Iterable[Facts]) -> Iterator[Change]:
        """What differs where people meet who have nothing to do with one another yet."""
        made = [key for key, each in self.new.transitions.items() if len(self.new.ends(each)) == BETWEEN]
        between = [key for key in made if key in self.altered]
        return self._changes(strangers, between) if between else iter(())

    def _changes(self, situations: Iterable[Facts], keys: Sequence[str]) -> Iterator[Change]:
        seen: set[tuple[str, str]] = set()
        tries = [Acts(*each) for each in zip((self.old, self.new), self.lenses, strict=True)]
        for facts in situations:
            before, after = adapted(facts, self.old), adapted(facts, self.new)
            if before is None or after is None:
                continue
            for key in keys:
                for ref, partner in self._asked(key, facts):
                    met = [
                        list(acts.tried(each, ruleset.transitions[key], ref, partner))
                        for acts, each, ruleset in zip(tries, (before, after), (self.old, self.new), strict=True)
                    ]
                    for change in self._compared(key, *met):
                        if (change.code, change.text) not in seen:
                            seen.add((change.code, change.text))
                            yield change

    def _asked(self, key: str, facts: Facts) -> Iterator[tuple[Ref, Ref | None]]:
        """The records that either of the rulesets lets a transition start from."""
        old, new = self.old.transitions[key], self.new.transitions[key]
        if not (presses(self.old, old) or presses(self.new, new)) or old.creates != new.creates:
            return
        if new.creates == Kind.USER:
            yield from [(PROGRAM, None)] if not any(ref.kind is Kind.USER for ref in facts.records) else []
            return
        ends, starts = self.new.ends(new), old.sources | new.sources
        for ref, record in facts.records.items():
            if record.sort == ends[0] and (new.creates or record.statuses.get(new.machine) in starts):
                yield from ((ref, other) for other in self._others(ends, ref, record, facts))

    def _others(self, ends: tuple[str, ...], ref: Ref, record: Record, facts: Facts) -> tuple[Ref | None, ...]:
        if len(ends) < BETWEEN:
            return (None,)
        mates = (other for other, each in facts.records.items() if each.sort == ends[1] and other != ref)
        is_pair = record.ref.kind is Kind.PERSONA
        return tuple(other for other in mates if not is_pair or fits(record, facts.records[other]))

    def _compared(self, key: str, old: list[Tried], new: list[Tried]) -> Iterator[Change]:
        allowed = [[each for each in side if isinstance(each.decision, Plan)] for side in (old, new)]
        if old and new and bool(allowed[0]) is not bool(allowed[1]):
            goes = (*allowed[0], *allowed[1])[0]
            other = (new if allowed[0] else old)[0]
            yield from self._met(key, *((goes, other) if allowed[0] else (other, goes)))
            return
        known = {_question(each): each for each in old}
        for each in new:
            before = known.get(_question(each))
            if before is not None:
                yield from self._met(key, before, each)

    def _met(self, key: str, before: Tried, after: Tried) -> Iterator[Change]:
        """The same act under the old rules and under the new."""
        if isinstance(before.decision, Plan) and isinstance(after.decision, Plan):
            yield from self._outcome(key, before, after)
        elif isinstance(before.decision, Plan) and isinstance(after.decision, Refusal):
            yield from self._refused(key, before, after.decision, was_fine=True)
        elif isinstance(before.decision, Refusal) and isinstance(after.decision, Plan):
            yield from self._refused(key, after, before.decision, was_fine=False)

    def _refused(self, key: str, goes: Tried, decision: Refusal, *, was_fine: bool) -> Iterator[Change]:
        """What goes through under one of the two only: a change for each reason of the other."""
        ruleset = self.old if was_fine else self.new
        label, actors = self.new.transitions[key].label, _actors(ruleset, key)
        who = together([ruleset.actors[each].label for each in actors]) if actors else "The platform"
        example = self._example(ruleset, goes)
        blockers = [each for each in decision.blockers if each.chain or each.code != "NOT_PERMITTED"]
        texts = (*(each.text for each in blockers), *(each.text for each in decision.problems))
        for reason in dict.fromkeys(texts):
            code, can = ("can-no-longer", "can no longer") if was_fine else ("can-now", "can now also")
            where = "because" if was_fine else "where it was refused"
            text = f'{who} {can} carry out {label} {where}: "{reason}"'
            yield Change(code, text, key, actors, reason, example)

    def _outcome(self, key: str, before: Tried, after: Tried) -> Iterator[Change]:
        teller = Teller(self.new, also=self.old)
        was, now = (
            teller.outcome(each.decision, each.facts) if isinstance(each.decision, Plan) else ()
            for each in (before, after)
        )
        gained = [line for line in now if line not in was]
        lost = [line for line in was if line not in now]
        if not gained and not lost:
            return
        parts = [f"now: {'; '.join(gained)}"] if gained else []
        parts += [f"no longer: {'; '.join(lost)}"] if lost else []
        text = f"{self.new.transitions[key].label} has other effects; {', and '.join(parts)}."
        yield Change("effects-differ", text, key, _actors(self.new, key), None, self._example(self.new, after))

    def _example(self, ruleset: Ruleset, tried: Tried) -> str:
        teller = Teller(ruleset, also=self.old)
        return f"{teller.situation(tried.before)}. {teller.act(tried.act, tried.before)}"


def _actors(ruleset: Ruleset, key: str) -> tuple[str, ...]:
    transition = ruleset.transitions[key]
    allowed = transition.allow | ruleset.events.get(transition.event or "", frozenset())
    return tuple(actor for actor in ruleset.actors if actor in allowed - {PLATFORM})


def _question(tried: Tried) -> str:
    """What was asked: the role, what was set by hand, and the answers on which something depends."""
    request = tried.act.request
    return repr((request and request.role, tried.act.fills, request and sorted(request.answers.items())))
