"""Which failures the pipelines can come back from only by meeting a hazard (paragraph 59), by sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ....model.compiler.moves import Position
from ....model.names import VariableKey
from ...temporal.way_back import list_going_back
from .library import Bdd
from .product import Product


def list_stops_that_reach(product: Product, bad: Bdd) -> Iterator[int]:
    """The positions at which a pipeline has stopped and can go on, by a rollback, to a state of `bad`, while
    no other fails. `bad` is a set of reachable states."""
    encoding, back = product.encoding, list_going_back(product.compiled.vocabulary)
    courses = product.compiled.vocabulary.courses

    def stand(key: VariableKey, counts: Callable[[Position], bool]) -> Bdd:
        return encoding.of_ranks(key, (rank for rank, here in enumerate(courses[key]) if counts(here)))

    failed = {key: stand(key, lambda here: here.is_stopped or here.index in back) for key in courses}
    for key, course in courses.items():
        alone = failed[key] & encoding.all(~one for other, one in failed.items() if other != key)
        met = bad & alone & stand(key, lambda here: not here.is_stopped)
        if met != encoding.false:
            leading = product.find_leading_to(met, product.reached & alone)
            for rank, here in enumerate(course):
                if here.is_stopped and leading & encoding.of_ranks(key, [rank]) != encoding.false:
                    yield here.index
