"""The accounts of limits on use as rules see them: which flows they split, what comes in, and what stands inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from optimizer.case.inside import LEAST
from optimizer.formulation.flows import Flow, Flows
from optimizer.network.account import Account, Who
from optimizer.network.accounts import BEFORE, entries, who_is
from optimizer.network.limit_keys import Chain, Claim, ClaimedFlow, Held, LimitMember, MixedGoods
from optimizer.network.sets import Index, Run
from optimizer.network.structure import Structure


class Attribution:
    """The accounts of a structure.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.flows = Flows(structure)
        self.accounts = structure.accounts
        self.entries = list(entries(structure))
        self.sold_at: dict[tuple[str, str], list[str]] = defaultdict(list)
        for offer in self.flows.sold:
            row = structure.by.offers[offer]
            self.sold_at[structure.place[row.site, row.material], row.material].append(offer)
        some = [*structure.scopes.values(), *self.accounts.values()]
        self._out = {account.key: list(self._leaving(account)) for account in some}
        self.index = self._index()

    def out_of(self, account: Account) -> list[Flow]:
        """Every flow out of a place where goods that count can be."""
        return self._out[account.key]

    def _leaving(self, account: Account) -> Iterator[Flow]:
        of = self.flows
        for node in account.reached:
            place, material = node
            yield from of.from_here[node]
            yield from [Flow("stock", place, "", material)] if of.stocks[node] else ()
            yield from [Flow("eat", place, "", material)] if self.eaters(account, place, material) else ()
            yield from [Flow("serve", place, "", material)] if of.serves[node] else ()

    def eaters(self, account: Account, place: str, material: str) -> list[tuple[Run, float]]:
        """Runs that draw goods there into others in which they count, and tonnes of that per tonne of activity."""
        part = account.inside.drawn
        found = [
            (run, tonnes * (1.0 if account.at_once else part.get(run.recipe, 0.0)))
            for run, tonnes in self.flows.drawn[place, material]
        ]
        return [(run, tonnes) for run, tonnes in found if tonnes > 0]

    def whole(self, m: Any, account: Account, flow: Flow, period: int) -> Any:
        """Tonnes of a flow."""
        if flow.kind == "ship":
            return self.flows.shipped(m, flow, period)
        if flow.kind == "stock":
            return self.flows.kept(m, flow.place, flow.material, period)
        if flow.kind == "serve":
            return self.flows.served(m, flow.place, flow.material, period)
        return sum(t * m.run[(*run, period)] for run, t in self.eaters(account, flow.place, flow.material))

    def part(self, m: Any, account: Account, flow: Flow, period: int) -> Any:
        """What an account follows of a flow: a variable only where goods of both kinds can be."""
        if account.mixed(flow.place, flow.material):
            return m.part[(*account.key, *flow, period)]
        return self.whole(m, account, flow, period) if account.pure(flow.place, flow.material) else 0.0

    def members(self, m: Any, account: Account, flow: Flow, period: int) -> Any:
        """What of a flow is the member's."""
        part = self.part(m, account, flow, period)
        return self.whole(m, account, flow, period) - part if account.follows_rest else part

    def others(self, m: Any, account: Account, flow: Flow, period: int) -> Any:
        """What of a flow is not the member's."""
        part = self.part(m, account, flow, period)
        return part if account.follows_rest else self.whole(m, account, flow, period) - part

    def inflow(self, m: Any, account: Account, place: str, material: str, period: int) -> Any:
        """What an account follows of what comes to a place in a period, or is there before the first."""
        s, of = self.structure, self.flows
        total: Any = self.entering(account, period, (place, material))
        if period == BEFORE:
            return total
        for offer in self.sold_at[place, material]:
            if account.follows(who_is(s.case, s.by.offers[offer].site)):
                total += of.bought(m, offer, period)
        for run, tonnes in of.made[place, material]:
            if account.follows(who_is(s.case, run.site)):
                total += tonnes * m.run[(*run, period)]
        for flow in of.towards[place, material]:
            way = of.way(flow)
            brought = account.mixed(flow.place, material) or account.pure(flow.place, material)
            for leaves in of.leaves[way, period] if brought else ():
                total += m.arriving[(*way, leaves, period)] * self.part(m, account, flow, leaves)
        return total

    def entering(self, account: Account, period: int, spot: tuple[str, str]) -> float:
        """What an account follows of what comes to a place without being bought: in a period, or before the first."""
        some = [e for e in self.entries if e.period == period and (e.place, e.material) == spot]
        return sum(entry.tonnes for entry in some if account.follows(entry.who))

    def recent(self, account: Account, edge: int) -> list[int]:
        """Periods of the days of stock before a window; with what is there on the first day if these reach to it."""
        offsets = self.structure.calendar.offsets
        reaches = offsets[edge + 1] - account.row.stock_days <= offsets[0]
        return [*([BEFORE] if reaches else []), *account.recent(edge, offsets)]

    def bought_inside(self, m: Any, account: Account, period: int, *, members: bool) -> Any:
        """Tonnes of what counts, of the member or of others, inside goods that are bought in a period."""
        total: Any = 0.0
        for offer in self.flows.sold:
            row = self.structure.by.offers[offer]
            if row.material in account.inside.counted:
                continue
            own, all_of_it = self.declared(account, offer)
            amount = own if members else max(all_of_it, account.inside.of(row.material)) - own
            if amount > LEAST:
                total += amount * self.flows.bought(m, offer, period)
        return total

    def declared(self, account: Account, offer: str) -> tuple[float, float]:
        """Tonnes of what counts that a seller declares inside a tonne: the member's, and everybody's."""
        rows = [row for row in self.structure.by.origins_of.get(offer, ()) if row.material in account.inside.counted]
        own = sum(row.tonnes for row in rows if account.is_members(Who("", row.country, row.country)))
        return own, sum(row.tonnes for row in rows)

    def into_chain(self, m: Any, account: Account, period: int, *, members: bool) -> Any:
        """Tonnes of the member, or of others, that come into the chain in a period, or stand in it before the first."""
        total: Any = 0.0
        for entry in self.entries:
            if entry.period == period and account.is_members(entry.who) == members:
                total += account.inside.tonnes.get(entry.material, 0.0) * entry.tonnes
        if period == BEFORE:
            return total
        for flow in self.out_of(account):
            if flow.kind == "eat":
                total += (self.members if members else self.others)(m, account, flow, period)
        return total + self.bought_inside(m, account, period, members=members)

    def delivered_inside(self, m: Any, account: Account, period: int) -> Any:
        """Tonnes of what counts inside goods that are delivered in a period."""
        keys = self.structure.index["serves"]
        some = [(key, account.inside.tonnes.get(key.material, 0.0)) for key in keys]
        return sum(tonnes * m.serve[(*key, period)] for key, tonnes in some if tonnes > 0)

    def held_inside(self, m: Any, account: Account, period: int) -> Any:
        """Tonnes of what counts inside goods in stock and on the way at the end of a period."""
        return sum(tonnes * m.held[material, period] for material, tonnes in account.inside.tonnes.items())

    def used(self, m: Any, account: Account, period: int) -> Any:
        """The member's part of what is delivered in a period; of what counts at once also of what is drawn."""
        kinds = ("serve", "eat") if account.at_once else ("serve",)
        total = sum(self.members(m, account, flow, period) for flow in self.out_of(account) if flow.kind in kinds)
        return total + (self.bought_inside(m, account, period, members=True) if account.at_once else 0.0)

    def wanted_left(self, m: Any, account: Account) -> Any:
        """Tonnes of what counts that are wanted in stock on the last day, and there or under way."""
        stocks = self.structure.by.stocks
        total: Any = 0.0
        for key in m.links.terminals:
            if tonnes := account.inside.of(key.material):
                total += tonnes * (stocks[key].terminal - m.terminal_breach[key])
        return total

    def left(self, m: Any, account: Account, places: Iterable[tuple[str, str]] | None = None) -> Any:
        """The member's goods in stock and under way on the last day, everywhere or at some places, and in the chain."""
        last = self.structure.periods[-1]
        total: Any = 0.0
        there = set(account.reached if places is None else places)
        for flow in self.out_of(account):
            if flow.kind == "stock" and (flow.place, flow.material) in there:
                total += self.members(m, account, flow, last)
        for material in sorted(account.inside.counted):
            for flow, share, leaves in self.flows.on_the_way(m, material, last):
                if (flow.to, material) in there:
                    total += share * self.members(m, account, flow, leaves)
        return total + (m.chain[(*account.key, last)] if account.has_chain else 0.0)

    def ends(self, periods: Iterable[int]) -> bool:
        """Whether the last period is among some."""
        return self.structure.periods[-1] in periods

    def _index(self) -> Index:
        """The index sets of accounts."""
        claims, mixed, edges, shared = [], [], [], dict[ClaimedFlow, None]()
        chains, uses, last, held = [], [], [], dict[Held, None]()
        for key, account in self.accounts.items():
            split = [flow for flow in self.out_of(account) if account.mixed(flow.place, flow.material)]
            claims += [Claim(*key, *flow, t) for flow in split for t in account.periods]
            if account.shared:
                shared |= {ClaimedFlow(account.limit, *flow, t): None for flow in split for t in account.periods}
            nodes = [spot for spot in account.reached if account.mixed(*spot)]
            mixed += [MixedGoods(*key, *spot, t) for spot in nodes for t in account.periods]
            edges += [MixedGoods(*key, *spot, t) for spot in nodes if self.flows.stocks[spot] for t in account.edges]
            if account.has_chain:
                periods = sorted({*account.within, *account.edges})
                chains += [Chain(*key, t) for t in periods]
                uses += [Chain(*key, t) for t in account.within]
                last += [Chain(*key, t) for t in account.edges]
                held |= {Held(material, t): None for t in periods for material in account.inside.tonnes}
        reaching = [account for account in self.accounts.values() if not account.follows_rest and not account.shared]
        return {
            "claims": claims,
            "single_claims": [some for some in claims if not self.accounts[LimitMember(*some[:2])].shared],
            "shared_claims": list(shared),
            "mixed_goods": mixed,
            "edges": edges,
            "chains": chains,
            "chain_uses": uses,
            "chain_floors": [some for some in uses if not self.accounts[LimitMember(*some[:2])].follows_rest],
            "chain_edges": last,
            "held_goods": list(held),
            "kept_members": [account.key for account in reaching if self.ends(account.within)],
        }
