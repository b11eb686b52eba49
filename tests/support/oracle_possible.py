"""What the actions of the file could bring if each took effect at any time (71).

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from support.oracle_aims import ROLLS, SCHEMAS, SYNCS
from support.oracle_parse import RELAYS, WRITES, provider_of
from support.oracle_plan import Plan
from support.oracle_sides import judged_hops, looked_up
from support.oracle_state import form_of, is_anonymous


class Possible:
    """The forms of either side of a contract's cells that could be there."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.versions = {name: {0} | self._goals(name, ROLLS) for name in plan.components}
        self.schemas = {
            name: set(range(max({0} | self._goals(name, SCHEMAS) | self._taken_along(name)) + 1))
            for name, change in plan.changes.items()
            if change.schema
        }
        self.contents = {name: set(forms) for name, forms in plan.first.items()}
        while sum(self._grow(name) for name in self.contents):
            pass

    def consumers(self, contract: str, aspect: str, verb: str | None = None) -> set[int | None]:
        """The forms of the consumer's side."""
        found: set[int | None] = set()
        for request, hop in judged_hops(self.plan, contract, aspect, verb):
            if aspect == "token":
                found.update(form for source in hop.sources for form in self._obtained(source))
            elif hop.verb == RELAYS:
                runs = is_anonymous(request, hop) or self.versions[hop.caller] & hop.runs
                found |= {None} if runs else set()
            else:
                for version in self.versions[hop.caller] & hop.runs:
                    found |= looked_up(self.plan, contract, aspect, version, self._forms(contract, version))
        return found

    def providers(self, contract: str, aspect: str) -> set[int]:
        """The forms of the provider's side."""
        if aspect == "content":
            return self.contents[contract]
        return self.schemas.get(contract) or self._called(contract)

    def _goals(self, target: str, verbs: tuple[str, ...]) -> set[int]:
        return {move.goal for move in self.plan.possible if move.target == target and move.verb in verbs}

    def _taken_along(self, contract: str) -> set[int]:
        """The versions of whose instances a schema can be brought along (90)."""
        migrators = [n for n, c in self.plan.components.items() if provider_of(contract) in c.migrates]
        return {version for name in migrators for version in self.versions[name]}

    def _forms(self, contract: str, version: int) -> set[int]:
        return {form_of(self.plan, contract, version, on=on) for on in (False, True)}

    def _called(self, contract: str) -> set[int]:
        return {f for v in self.versions[provider_of(contract)] for f in self._forms(contract, v)}

    def _obtained(self, contract: str) -> set[int]:
        if contract in self.contents:
            return self.contents[contract]
        return self.schemas.get(contract) or self._called(contract)

    def _grow(self, contract: str) -> int:
        """Adds what can come into a content by what is known so far; how many forms that were."""
        before = len(self.contents[contract])
        change = self.plan.changes[contract]
        goals = self._goals(contract, SYNCS)
        source = self.plan.changes.get(change.source) if change.source is not None else None
        if source is not None and (source.content or source.schema):
            goals = self._obtained(source.contract) if goals else set()
        self.contents[contract] |= goals
        for request in self.plan.requests:
            for hop in request.hops:
                if hop.contract == contract and hop.verb == RELAYS:
                    found = [self._obtained(s) for s in hop.sources if s in self.plan.changes]
                    runs = is_anonymous(request, hop) or self.versions[hop.caller] & hop.runs
                    self.contents[contract].update(*(found if runs else []))
                elif hop.contract == contract and hop.verb in WRITES and not is_anonymous(request, hop):
                    for version in self.versions[hop.caller] & hop.runs:
                        self.contents[contract] |= self._forms(contract, version)
        return len(self.contents[contract]) - before
