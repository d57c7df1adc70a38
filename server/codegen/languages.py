"""How the languages of clients write groups of constants down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.codegen.identifiers import Manner, capitals, joined, small


class Language(StrEnum):
    """The languages there are."""

    TS = "ts"
    KOTLIN = "kotlin"
    SWIFT = "swift"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Notation:
    """How one language writes a file of constants.

    ``comment`` begins a line that is not code. ``doc`` writes one line of text as documentation, nothing in which ends
    it. ``opening``, ``constant`` and ``closing`` hold ``{name}`` and ``{key}``; ``top`` and ``bottom`` stand around
    all groups, and ``top`` holds ``{package}``. ``indent``: that of a group. ``groups`` and ``terms``: the manner of
    their names; ``reserved_groups`` and ``reserved_terms``: the names that the language keeps for itself.
    """

    comment: str
    doc: Callable[[str], str]
    opening: str
    constant: str
    closing: str
    top: str = ""
    bottom: str = ""
    indent: str = ""
    gap: str = "\n"
    groups: Manner = joined
    terms: Manner = capitals
    reserved_groups: frozenset[str] = frozenset()
    reserved_terms: frozenset[str] = frozenset()


def _block(text: str) -> str:
    """A comment between marks: in Kotlin these may be nested, so neither mark may stand in the text."""
    return f"/** {text.replace('*/', '* /').replace('/*', '/ *')} */"


_SWIFT_WORDS = (
    "actor any as associatedtype async await borrowing break case catch class consuming continue convenience default"
    " defer deinit didSet do dynamic else enum extension fallthrough false fileprivate final for func get guard if"
    " import in indirect infix init inout internal is lazy let macro mutating nil nonisolated nonmutating open operator"
    " optional override postfix precedencegroup prefix private protocol public repeat required rethrows return self set"
    " some static struct subscript super switch throw throws true try typealias unowned var weak where while willSet"
)
_TYPESCRIPT = Notation(
    comment="//",
    doc=_block,
    opening="export const {name} = {{",
    constant='{name}: "{key}",',
    closing="}} as const;\nexport type {name} = (typeof {name})[keyof typeof {name}];",
)
_KOTLIN = Notation(
    comment="//",
    doc=_block,
    top="package {package}\n\n",
    opening="object {name} {{",
    constant='const val {name} = "{key}"',
    closing="}}",
)
_SWIFT = Notation(
    comment="//",
    doc=lambda text: f"/// {text}",
    top="public enum Rules {{\n",
    bottom="}\n",
    indent="    ",
    opening="public enum {name} {{",
    constant='public static let {name} = "{key}"',
    closing="}}",
    terms=small,
    reserved_groups=frozenset({"Any", "Protocol", "Self", "Type"}),
    reserved_terms=frozenset(_SWIFT_WORDS.split()),
)
_PYTHON = Notation(
    comment="#",
    doc=lambda text: f"#: {text}",
    top="from typing import Final\n\n\n",
    gap="\n\n",
    opening="class {name}:",
    constant='{name}: Final = "{key}"',
    closing="",
    reserved_groups=frozenset({"False", "Final", "None", "True"}),
)

NOTATIONS: Mapping[Language, Notation] = {
    Language.TS: _TYPESCRIPT,
    Language.KOTLIN: _KOTLIN,
    Language.SWIFT: _SWIFT,
    Language.PYTHON: _PYTHON,
}
