"""What lists can be narrowed by: the input types, checked and turned into the filters of the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import strawberry

from server.domain.fields import FieldCriterion
from server.domain.filters import (
    HistoryFilter,
    MatchFilter,
    MessageFilter,
    PersonaFilter,
    UserFilter,
    UserOrder,
    UserOrderField,
)
from server.domain.filters import RecordFilter as NarrowedRecords
from server.domain.ids import parse_ref
from server.domain.messages import State
from server.domain.vocabulary import MATCH_STATUS, PAIR_STATUS, PERSONA_STATUS, USER_STATUS
from server.engine.facts import Kind
from server.engine.messages import Channel
from server.graphql import inputs
from server.graphql.arguments import bad_input, check_length, known, read_id, text
from server.graphql.enums import OrderDirection, PersonaRole, StatusCategory
from server.graphql.field_filters import FieldFilter, criteria
from server.graphql.nodes import Nodes
from server.graphql.possible_filters import button
from server.graphql.record_filters import RecordFilter, narrowed_records
from server.services.spelling import suggestion

MANY = 100
"""How many ids or keys one list of a filter may have."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Reads filters in the words of one program; raises BAD_USER_INPUT for words it does not have."""

    nodes: Nodes
    program_id: int

    def users(self, given: inputs.UserFilter | None) -> UserFilter:
        """The filter of a list of people."""
        if not given:
            return UserFilter(status_not_in=self._removed(USER_STATUS))
        named = self._statuses(USER_STATUS, given.status_in)
        statuses = _both(named, self._of_categories(USER_STATUS, given.category_in))
        return UserFilter(
            status_in=statuses,
            status_not_in=self._removed(USER_STATUS, statuses),
            role=_role(given.role),
            match_status_in=self._statuses(MATCH_STATUS, given.match_status_in),
            site_id=self._site(given.partner_site),
            search=text("search", given.search),
            changed_since=given.changed_since or None,
            fields=self._fields(Kind.USER, given.fields),
            can_do=self._button(Kind.USER, given.can_do),
        )

    def personas(self, given: inputs.PersonaFilter | None) -> PersonaFilter:
        """The filter of a list of personas."""
        if not given:
            own, people = self._removed(PERSONA_STATUS), self._removed(USER_STATUS)
            return PersonaFilter(status_not_in=own, user_status_not_in=people)
        statuses = self._statuses(PERSONA_STATUS, given.status_in)
        of_people = self._statuses(USER_STATUS, given.user_status_in)
        return PersonaFilter(
            role=_role(given.role),
            mentor_site_list=text("mentorSiteList", given.mentor_site_list),
            status_in=statuses,
            status_not_in=self._removed(PERSONA_STATUS, statuses),
            match_status_in=self._statuses(MATCH_STATUS, given.match_status_in),
            user_status_in=of_people,
            user_status_not_in=self._removed(USER_STATUS, of_people),
            site_id=self._site(given.partner_site),
            changed_since=given.changed_since or None,
            fields=self._fields(Kind.PERSONA, given.fields),
            can_do=self._button(Kind.PERSONA, given.can_do),
        )

    def matches(self, given: inputs.MatchFilter | None) -> MatchFilter:
        """The filter of a list of matches."""
        if not given:
            return MatchFilter(status_not_in=self._removed(PAIR_STATUS))
        statuses = self._statuses(PAIR_STATUS, given.status_in)
        return MatchFilter(
            status_in=statuses,
            status_not_in=self._removed(PAIR_STATUS, statuses),
            user_id=_number(given.user_id, Kind.USER),
            persona_id=_number(given.persona_id, Kind.PERSONA),
            site_id=self._site(given.partner_site),
            opened_since=given.opened_since or None,
            fields=self._fields(Kind.PAIR, given.fields),
            can_do=self._button(Kind.PAIR, given.can_do),
        )

    def history(self, given: inputs.StatusChangeFilter | None) -> HistoryFilter:
        """The filter of a program's history."""
        if not given:
            return HistoryFilter()
        rules = self.nodes.rules(self.program_id)
        machines = _keys(given.machine_in)
        for key in machines or ():
            known("machine", key, rules.machines)
        return HistoryFilter(
            machine_in=machines,
            subjects=_subjects(given.subject_id_in),
            to_in=self._targets(machines or tuple(rules.machines), given.to_in),
            transition_in=self._transitions(given.transition_in),
            since=given.since or None,
            until=given.until or None,
        )

    def _fields(self, kind: Kind, given: list[FieldFilter] | None) -> tuple[FieldCriterion, ...]:
        own = self.nodes.rules(self.program_id).fields_of(kind)
        return criteria(self.nodes, self.program_id, own, given or None)

    def _button(self, kind: Kind, key: str | None) -> str | None:
        return button(self.nodes.rules(self.program_id), kind, key)

    def records(self, given: RecordFilter | None) -> NarrowedRecords:
        """The filter of a list of records of declared kinds."""
        return narrowed_records(self.nodes, self.program_id, given or None)

    def messages(self, given: inputs.MessageFilter | None) -> MessageFilter:
        """The filter of a list of messages."""
        if not given:
            return MessageFilter()
        return MessageFilter(
            channel_in=_among("channel", given.channel_in, list(Channel)),
            state_in=_among("state", given.state_in, list(State)),
            recipient_id=_number(given.recipient_id, Kind.USER),
            template_in=self._templates(given.template_in),
            since=given.since or None,
        )

    def _templates(self, keys: list[str] | None) -> tuple[str, ...] | None:
        """Messages of the rules by key; one that the rules have dropped counts when it was ever sent."""
        wanted, rules = _keys(keys), self.nodes.rules(self.program_id)
        for key in wanted or ():
            if key not in rules.messages and not self.nodes.read.has_sent(self.program_id, key):
                known("message", key, rules.messages)
        return wanted

    def _statuses(self, machine: str, keys: list[str] | None) -> tuple[str, ...] | None:
        wanted = _keys(keys)
        return self._targets((machine,), wanted) if wanted is not None else None

    def _targets(self, machines: Sequence[str], keys: Iterable[str] | None) -> tuple[str, ...] | None:
        """Statuses by key; only an unknown one costs a look at what earlier rules had."""
        wanted = _keys(keys)
        if wanted is None:
            return None
        rules = self.nodes.rules(self.program_id)
        present = {key for machine in machines for key in rules.machines[machine].statuses}
        if not present.issuperset(wanted):
            allowed = {key: None for machine in machines for key in self.nodes.statuses(self.program_id, machine)}
            for key in wanted:
                known("status", key, allowed)
        return wanted

    def _of_categories(self, machine: str, categories: list[StatusCategory] | None) -> tuple[str, ...] | None:
        if not isinstance(categories, list):
            return None
        statuses = self.nodes.statuses(self.program_id, machine).values()
        return tuple(status.key for status in statuses if status.category in categories)

    def _transitions(self, keys: list[str] | None) -> tuple[str, ...] | None:
        """Transitions and acts by key; one that the rules have dropped counts when history has it."""
        wanted = _keys(keys)
        rules = self.nodes.rules(self.program_id)
        allowed = [*rules.transitions, *rules.acts]
        for key in wanted or ():
            if key not in allowed and not self.nodes.read.has_happened(self.program_id, key):
                known("transition", key, allowed)
        return wanted

    def _site(self, key: str | None) -> int | None:
        wanted = text("partnerSite", key)
        if wanted is None:
            return None
        found = self.nodes.read.site(self.program_id, wanted)
        if found is None:
            sites = [site.key for site in self.nodes.read.sites_of(self.program_id)]
            raise bad_input(f'There is no site "{wanted}" here. {suggestion(wanted, sites)}')
        return found.id

    def _removed(self, machine: str, asked_for: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The statuses whose records are left out: those that count as removed, unless statuses are asked for."""
        statuses = self.nodes.rules(self.program_id).machines[machine].statuses.values()
        return tuple(status.key for status in statuses if status.removed) if asked_for is None else ()


def order(given: inputs.UserOrder | None) -> UserOrder:
    """The order of a list of people; by registration unless said."""
    if not given:
        return UserOrder()
    return UserOrder(UserOrderField(given.field.value), given.direction is OrderDirection.DESC)


def _keys(keys: Iterable[str] | None) -> tuple[str, ...] | None:
    if keys is None or keys is strawberry.UNSET:
        return None
    wanted = tuple(dict.fromkeys(keys))
    check_length(wanted, MANY)
    return wanted


def _among(what: str, keys: list[str] | None, allowed: Sequence[str]) -> tuple[str, ...] | None:
    wanted = _keys(keys)
    for key in wanted or ():
        known(what, key, allowed)
    return wanted


def _both(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if some is None or others is None:
        return others if some is None else some
    return tuple(key for key in some if key in others)


def _role(role: PersonaRole | None) -> str | None:
    return role.value if role else None


def _number(given: str | None, kind: Kind) -> int | None:
    return read_id(lambda: parse_ref(given, kind)).id if given else None


def _subjects(given: list[strawberry.ID] | None) -> tuple[tuple[str, int], ...] | None:
    wanted = _keys(given)
    if wanted is None:
        return None
    refs = [read_id(partial(parse_ref, text)) for text in wanted]
    return tuple((ref.kind.value, ref.id) for ref in refs)
