"""Compiles messages and the effects that send them: every slot and every recipient checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.access import Reach
from server.engine.effects import About, Notify
from server.engine.facts import Kind, Sort
from server.engine.messages import INPUT, Channel, Message, Template, Word
from server.engine.paths import Path
from server.engine.places import Place
from server.engine.ruleset import PLATFORM
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.naming import named
from server.rules.nodes import Node, Scalar, Table, section, word
from server.rules.schema_parts import UPPER
from server.rules.suggestions import listed, quoted
from server.rules.templates import parse, slots, words
from server.rules.typed import Asked, PathError, Typed, resolve


@dataclass(frozen=True, slots=True)
class _Fit:
    """A message asked of one kind of record: what fills its slots, and what cannot."""

    words: Mapping[str, Word]
    misfits: tuple[tuple[str, PathError], ...]


class Messages:
    """The messages of one file, and what sends them."""

    def __init__(self, root: Table, names: Names, findings: Findings, broken: frozenset[tuple[str, ...]]) -> None:
        self._root, self._names, self._findings = root, names, findings
        declared = section(root, "messages")
        entries = {} if ("messages",) in broken else declared.entries
        self._nodes = {
            key: entry.node
            for key, entry in entries.items()
            if isinstance(entry.node, Table) and ("messages", key) not in broken
        }
        self._fits: dict[tuple[str, Sort], _Fit] = {}

    def compile(self) -> dict[str, Message]:
        """All messages, in the order of the file."""
        return {key: self._message(key, node) for key, node in self._nodes.items()}

    def _message(self, key: str, node: Table) -> Message:
        place = section(self._root, "messages").place_of(key)
        channel = Channel(word(node, "channel") or "")
        title, body = self._template(node, "title", self._findings), self._template(node, "body", self._findings)
        if channel is Channel.EMAIL and not title:
            self._findings.error("missing-key", place, f"messages.{key} goes by e-mail and needs the key title")
        if channel is not Channel.EMAIL and "address" in node.entries:
            message = "address is where an e-mail goes; a webhook has its address from the settings"
            self._findings.error("contradiction", node.place_of("address"), message)
        self._check_slots(key, node)
        return Message(key, word(node, "label") or _label(key), channel, title, body, place, word(node, "address"))

    @staticmethod
    def _template(node: Table, slot: str, findings: Findings) -> Template:
        found = node.get(slot)
        return parse(found, findings) if isinstance(found, Scalar) else ()

    def _check_slots(self, key: str, node: Table) -> None:
        """Tells what fits no kind of record at all; what fits only some is told where it is sent about others."""
        best = min((self._fit(key, kind) for kind in self._names.sorts), key=lambda fit: len(fit.misfits))
        for text, error in best.misfits:
            self._findings.error("unknown-path", self._place_of(node, text), error.message, error.hint)
        for text in self._texts(key):
            first, _, rest = text.partition(".")
            if first == INPUT and rest:
                Lookup(self._names, self._findings).known("input", rest, self._names.types, self._place_of(node, text))

    def _place_of(self, node: Table, text: str) -> Place:
        slot = f"{{{text}}}"
        holders = [node.get(key) for key in ("title", "body")]
        holder = next((h for h in holders if isinstance(h, Scalar) and slot in str(h.value)), node)
        return self._findings.locate(holder.place, slot)

    def _texts(self, key: str) -> dict[str, None]:
        node, quiet = self._nodes[key], self._findings.apart()
        templates = (self._template(node, "title", quiet), self._template(node, "body", quiet))
        return dict.fromkeys(text for template in templates for text in slots(template))

    def _fit(self, key: str, kind: Sort) -> _Fit:
        if (key, kind) not in self._fits:
            found = dict(words(self._texts(key), kind, self._names))
            fitting = {text: each for text, each in found.items() if isinstance(each, Word)}
            misfits = tuple((text, each) for text, each in found.items() if isinstance(each, PathError))
            self._fits[key, kind] = _Fit(fitting, misfits)
        return self._fits[key, kind]

    def notify(self, node: Table, asked: Asked, targets: Typed | None, about: About) -> Notify | None:
        """One effect that sends a message; None after an error that leaves nothing to send."""
        key, place = word(node, "notify") or "", node.entries["notify"].node.place
        if "with" in node.entries:
            message = "with hands answers on to what is fired; a message takes them by its slots"
            self._findings.error("contradiction", node.place_of("with"), message)
        if not Lookup(self._names, self._findings).known("message", key, self._names.messages, place):
            return None
        to = self._recipients(key, node, asked, targets)
        if targets is None or key not in self._nodes:
            return None
        fit = self._fit(key, targets.kind)
        self._check_fit(key, fit, place, targets.kind)
        self._check_answers(key, fit, place, asked)
        return Notify(key, place, to, fit.words, about)

    def _check_fit(self, key: str, fit: _Fit, place: Place, kind: Sort) -> None:
        if fit.misfits and any(not self._fit(key, other).misfits for other in self._names.sorts):
            _, error = fit.misfits[0]
            message = f"the message {key} cannot be about a {kind}: {error.message}"
            self._findings.error("message-not-for-kind", place, message, error.hint)

    def _check_answers(self, key: str, fit: _Fit, place: Place, asked: Asked) -> None:
        for text, each in fit.words.items():
            if each.path is not None or each.shows not in self._names.types:
                continue
            said = f"the message {key} says {{{text}}}"
            if asked.questions is None:
                self._findings.error("answer-not-known", place, f"{said}: {asked.unanswered}")
            elif each.shows not in asked.questions:
                message = f"{said}, which the transition does not ask"
                self._findings.error("not-asked", place, message, f"add {each.shows} to its ask")

    def _recipients(self, key: str, node: Table, asked: Asked, targets: Typed | None) -> tuple[Path | str, ...]:
        found = node.get("to")
        if found is None:
            hint = "write to: user, to: sides, or the key of an actor"
            self._findings.error("missing-key", node.place, "notify needs the key to: whom the message goes to", hint)
            return ()
        each = [self._recipient(key, item, asked, targets) for item in _scalars(found)]
        return tuple(recipient for recipient in each if recipient is not None)

    def _recipient(self, key: str, node: Scalar, asked: Asked, targets: Typed | None) -> Path | str | None:
        text = str(node.value)
        if re.match(UPPER, text):
            return self._role(key, text, node.place)
        if targets is None:
            return None
        try:
            typed = named(resolve(text, asked.at(targets.kind), self._names), self._names)
        except PathError as error:
            self._findings.error("unknown-path", node.place, error.message, error.hint)
            return None
        if typed.path.value is not None or typed.kind not in {Kind.USER, Kind.PERSONA}:
            message = f"{quoted(text)} is not somebody a message can go to"
            hint = "write sides, or mentor and mentee" if typed.kind is Kind.PAIR else "write a path that ends in user"
            self._findings.error("not-a-recipient", node.place, message, hint)
            return None
        return typed.path

    def _role(self, key: str, actor: str, place: Place) -> str | None:
        if not Lookup(self._names, self._findings).known("actor", actor, self._names.actors, place):
            return None
        scope = word(section(section(self._root, "actors"), actor), "scope")
        if actor == PLATFORM or scope in {Reach.SELF, Reach.NONE}:
            message = f"{actor} is nobody a message can go to as a role"
            hint = listed([each for each in self._names.actors if each not in {actor, PLATFORM}])
            self._findings.error("not-a-recipient", place, message, f"say who by a path, such as user; {hint}")
            return None
        message_node = self._nodes.get(key)
        if word(message_node, "channel") == Channel.EMAIL and word(message_node, "address") is None:
            message = f"the e-mail {key} goes to {actor}, and nobody knows the addresses of those who have that role"
            self._findings.error("no-address", place, message, f"add address: to messages.{key}, or use a webhook")
        return actor


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _scalars(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    return [item for item in getattr(node, "items", ()) if isinstance(item, Scalar)]
