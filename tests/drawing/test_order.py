from server.drawing.order import crossings, ordered
from server.drawing.ranks import BOX, Joint, Node, Rows

A, B, C, D = (Node(BOX, key) for key in "ABCD")


def test_crossings_are_counted() -> None:
    downs = {A: [D], B: [C], C: [], D: []}
    assert crossings([[A, B], [C, D]], downs) == 1
    assert crossings([[A, B], [D, C]], downs) == 0


def test_rows_are_put_into_an_order_without_crossings_where_there_is_one() -> None:
    ways = {Joint("one", "x", True): (A, D), Joint("other", "y", True): (B, C)}
    rows = Rows(((A, B), (C, D)), ways)
    first, second = ordered(rows)
    assert (first.index(A) < first.index(B)) is (second.index(D) < second.index(C))
