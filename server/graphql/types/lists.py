"""Lists come in pages: connections with opaque cursors, the nodes and the total beside the edges."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from server.domain.filters import Slice, Total
from server.graphql.paging import cursor_of

Item = TypeVar("Item")
Row = TypeVar("Row")


_AT_START = "The cursor of the first row, or before it the place up to which canDo was judged; null on an empty page."
_AT_END = "The cursor of the last row, or beyond it the place up to which canDo was judged; null on an empty page."


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """See the description."""

    has_next_page: bool = strawberry.field(description="Whether more follows; ask on with `after: endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether more precedes; ask with `before: startCursor`.")
    start_cursor: str | None = strawberry.field(description=_AT_START)
    end_cursor: str | None = strawberry.field(description=_AT_END)


@strawberry.type(description="One row of a page.")
class Edge(Generic[Item]):
    """See the description."""

    cursor: str = strawberry.field(description="The place of the row in the list; opaque.")
    node: Item = strawberry.field(description="The row itself.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    """See the description."""

    cursors: strawberry.Private[Sequence[str]]
    count: strawberry.Private[Callable[[], Total]]
    nodes: list[Item] = strawberry.field(description="The rows of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")

    @classmethod
    def of(cls, name: str, page: Slice[Row], nodes: Sequence[Item], count: Callable[[], Total]) -> "Connection[Item]":
        """One page; ``name`` is that of the list's order, ``count`` is called only when the total is asked for."""
        cursors = [cursor_of(name, key) for key in page.keys]
        start, end = page.start or next(iter(page.keys), None), page.end or next(reversed(page.keys), None)
        info = PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=None if start is None else cursor_of(name, start),
            end_cursor=None if end is None else cursor_of(name, end),
        )
        return cls(cursors=cursors, count=count, nodes=list(nodes), page_info=info)

    @strawberry.field(description="The rows with their cursors.")
    def edges(self) -> list[Edge[Item]]:
        """See the description."""
        return [Edge(cursor=cursor, node=node) for cursor, node in zip(self.cursors, self.nodes, strict=True)]

    @strawberry.field(description="How many rows the whole list has. Counted only when asked for.")
    def total_count(self) -> int:
        """See the description."""
        return self.count().count

    @strawberry.field(description="Whether counting stopped early, so that there may be more than totalCount.")
    def total_count_is_capped(self) -> bool:
        """See the description."""
        return self.count().capped
