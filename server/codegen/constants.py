"""A file of constants in the language that is asked for."""

from collections.abc import Iterator

from server.codegen.identifiers import names_for
from server.codegen.languages import NOTATIONS, Language, Notation
from server.codegen.vocabulary import Group, groups_of
from server.engine.ruleset import Ruleset

PACKAGE = "matchkeeper"
"""The Kotlin package, unless another is given."""

_STEP = "    "


def constants_of(ruleset: Ruleset, language: Language, package: str = PACKAGE) -> str:
    """The words of one program's rules as source text; the same rules always give the same bytes.

    ``package``: that of the Kotlin file; the other languages take none.
    """
    notation, groups = NOTATIONS[language], groups_of(ruleset)
    names = names_for((group.name for group in groups), notation.groups, notation.reserved_groups)
    written = [_group(group, name, notation) for group, name in zip(groups, names, strict=True)]
    header = "".join(f"{notation.comment} {line}\n" for line in _header(ruleset, language))
    top = notation.top.format(package=package)
    return f"{header}\n{top}{notation.gap.join(written)}{notation.bottom}"


def _header(ruleset: Ruleset, language: Language) -> Iterator[str]:
    yield f"Made by: matchkeeper rules codegen --lang {language} --program {ruleset.program}"
    yield f"From revision {ruleset.revision} of the rules: {_line(ruleset.title)}"
    yield "Do not edit. Make it again when the rules change. The rules can change while the server runs:"
    yield "expect keys that are not here, and show the labels that the API gives."


def _group(group: Group, name: str, notation: Notation) -> str:
    names = names_for((term.key for term in group.terms), notation.terms, notation.reserved_terms)
    lines = [notation.doc(_line(group.doc)), *notation.opening.format(name=name).splitlines()]
    for term, own in zip(group.terms, names, strict=True):
        told = [notation.doc(_line(term.doc))] if term.doc else []
        lines += [f"{_STEP}{line}" for line in (*told, notation.constant.format(name=own, key=term.key))]
    lines += notation.closing.format(name=name).splitlines()
    return "".join(f"{notation.indent}{line}\n" for line in lines)


def _line(text: str) -> str:
    return " ".join(text.split())
