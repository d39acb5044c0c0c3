"""Building: a world and its agents from a scenario, a seed, and what the run was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from agents.base import Given
from experiments.measures import measured
from experiments.outcomes import standard_outcomes
from experiments.scenario import Scenario, VenueBlock
from model.bridges.base import Bridge
from model.claims.graph import order
from model.core.actions import AddLiquidity
from model.core.clock import Clock
from model.core.draws import Draws, Floats
from model.core.errors import BadInput, Fault, Refused
from model.core.units import DAY, HOUR, parse_time
from model.ecosystem import Ecosystem
from model.prices.base import PriceProcess
from model.prices.correlate import correlated_normals, correlation_matrix
from model.upkeep import in_reading_order
from model.world.board import Path, PriceFeed
from model.world.chain import Chain
from model.world.claim import ClaimToken
from model.world.genesis import grant
from model.world.governed import authorise
from model.world.target import Call
from model.world.timelock import Timelock
from model.world.venue import TradingVenue
from model.world.world import World

_GRID = HOUR / 12.0
"""Common grid of drawn prices (seconds): finer than any tick worth running, and independent of it."""

_JOINT = 1e-3
"""Seconds between the last own price and the first replayed one."""

Tables = Mapping[str, tuple[Floats, Floats]]
"""Replayed prices: token -> times (seconds since 1970) and USD prices."""


@contextmanager
def placing(place: str) -> Iterator[None]:
    """What a part of the world refuses while it is put in place is a fault of that part.

    Raises:
        BadInput: in place of a refusal, of something that is not there or of an impossible value.
    """
    try:
        yield
    except Refused as error:
        raise BadInput([Fault(place, str(error), "what nothing refuses at genesis")]) from error
    except KeyError as error:
        raise BadInput([Fault(place, f"{error.args[0]!r} is not there", "names of what the scenario has here")]) from error
    except (LookupError, ValueError) as error:
        raise BadInput([Fault(place, str(error), "a part that can be built: amounts that balance, tokens with a price")]) from error


def build(
    scenario: Scenario,
    seed: int,
    prices: Tables | None = None,
    positions: Given | None = None,
    opened: Callable[..., Ecosystem] = Ecosystem,
    gas: Tables | None = None,
) -> Ecosystem:
    """The ecosystem of a scenario, ready to step.

    ``prices`` take the place of the scenario's exogenous prices for the tokens that they name; ``positions`` are given to the populations
    in place of what they would draw; ``gas`` (chain -> times and gwei) takes the place of chains' courses of gas prices. ``opened`` makes
    the model of a world, for subclasses of it. The order of building is the order of what depends on what, and fixed.

    Raises:
        BadInput: a part that cannot be put in place, with its place.
    """
    run = scenario.run
    clock = Clock(parse_time(run.start), run.tick)
    world = World(clock, Draws(seed), frozenset(run.sterile))
    for name, chain in scenario.chains.items():
        world.add_chain(Chain(world, name, chain, chain.ordering.make()))
    _set_prices(scenario, world, prices or {})
    _set_gas(scenario, world, gas or {})
    _place_tokens(scenario, world)
    _place_venues(scenario, world)
    for name, feed in scenario.feeds.items():
        with placing(f"feeds.{name}"):
            world.add(PriceFeed(world, name, feed.chain, feed.mechanism.make(), auction=feed.auction))
    for name, block in scenario.markets.items():
        with placing(f"markets.{name}"):
            world.add(block.choice.family.of(block.choice.kind)(world, name, block.chain, block.choice.params))
    _open_reserves(scenario, world)
    for name, lock in scenario.governance.items():
        with placing(f"governance.{name}"):
            world.add(Timelock(world, name, lock))
            for target in lock.targets:
                authorise(world, target, world.targets[name].account)
    model = opened(world, seed=seed, period=run.record, audited=run.audited)
    for feed in in_reading_order(world.all(PriceFeed)):
        with placing(f"feeds.{feed.name}"):
            feed.open()
    for name, choice in scenario.agents.items():
        with placing(f"agents.{name}"):
            choice.make().settle(name, model, positions)
    for market in model.markets:
        with placing(f"markets.{market.name}"):
            market.open_cash()
    for bridge in world.all(Bridge):
        with placing(f"bridges.{bridge.name}"):
            bridge.open_native()
    for name, shock in scenario.shocks.items():
        model.shocks.append(shock.family.of(shock.kind)(name, shock.params))
    model.watch_outcomes([*standard_outcomes(model), *measured(scenario.measures, model)])
    return model


def _set_prices(scenario: Scenario, world: World, given: Tables) -> None:
    """Draw every exogenous path once, on its own grid or on the common one with correlated innovations."""
    start, end = world.clock.start, world.clock.start + scenario.run.days * DAY
    fill = scenario.inputs.prices.fill
    open_ended = {token for token, (times, _) in given.items() if fill and (times[0] > start or times[-1] < end)}
    made: dict[str, PriceProcess] = {
        token: choice.make() for token, choice in scenario.prices.items() if token not in given or token in open_ended
    }
    common = start + _GRID * np.arange(int(np.ceil((end - start) / _GRID)) + 1)
    streams = {token: world.draws[f"prices.{token}"] for token in made}
    shared = [token for token in sorted(made) if made[token].grid(start, end) is None]
    pairs = {(left, right): rho for text, rho in scenario.correlation.items() for left, _, right in [text.partition("/")]}
    known = {pair: rho for pair, rho in pairs.items() if set(pair) <= set(shared)}
    normals = correlated_normals(shared, correlation_matrix(shared, known), streams, len(common) - 1) if shared else {}
    for token in scenario.prices:
        if token in given and token not in open_ended:
            world.board.set_path(token, Path(*given[token]))
            continue
        process = made[token]
        own = process.grid(start, end)
        grid = common if own is None else own
        drawn = normals[token] if own is None else streams[token].normals(len(grid) - 1)
        path = Path(grid, process.path(grid, drawn, streams[token]), stepwise=process.stepwise)
        world.board.set_path(token, _filled(given[token], grid, path) if token in given else path)


def _filled(given: tuple[Floats, Floats], grid: Floats, own: Path) -> Path:
    """Replayed prices; before their first row and after their last the process's ``own``, which stands to the very row."""
    times, values = given
    before = [*grid[grid < times[0] - _JOINT], times[0] - _JOINT] if grid[0] < times[0] - _JOINT else []
    after = [times[-1] + _JOINT, *grid[grid > times[-1] + _JOINT]] if grid[-1] > times[-1] + _JOINT else []
    around = [[own.at(float(moment)) for moment in moments] for moments in (before, after)]
    return Path(np.concatenate([before, times, after]), np.concatenate([around[0], values, around[1]]))


def _set_gas(scenario: Scenario, world: World, given: Tables) -> None:
    """The course of background demand for gas on each chain that has one, on its own grid or on the common one."""
    start, end = world.clock.start, world.clock.start + scenario.run.days * DAY
    common = start + _GRID * np.arange(int(np.ceil((end - start) / _GRID)) + 1)
    for name, chain in scenario.chains.items():
        if name in given:
            world.chains[name].follow(Path(*given[name]))
        elif chain.gas_series is not None:
            process: PriceProcess = chain.gas_series.make()
            own, stream = process.grid(start, end), world.draws[f"gas.{name}"]
            grid = common if own is None else own
            path = process.path(grid, stream.normals(len(grid) - 1), stream)
            world.chains[name].follow(Path(grid, path, stepwise=process.stepwise))


def _place_tokens(scenario: Scenario, world: World) -> None:
    """Tokens and bridges, then their genesis supply: each claim after what it stands on, bridged forms backed by what is locked."""
    claims = {name: token.claim.make() for name, token in scenario.tokens.items() if token.claim is not None}
    for name, token in scenario.tokens.items():
        world.open_ledger(token.chain).register(name)
    ranked = [name for name in order({name: dict.fromkeys(claim.backing, 1.0) for name, claim in claims.items()}) if name in claims]
    for name in ranked:
        token, backing = scenario.tokens[name], claims[name].backing[0]
        here = scenario.tokens[backing].chain if backing in scenario.tokens else token.chain
        home = here if claims[name].tracks is not None else token.chain
        with placing(f"tokens.{name}"):
            world.add(ClaimToken(world, name, token.chain, claims[name], home, token.buffer))
    for name, choice in scenario.bridges.items():
        with placing(f"bridges.{name}"):
            world.add(choice.family.of(choice.kind)(world, name, choice.params))
    for name in ranked:
        claim = world.targets[name]
        assert isinstance(claim, ClaimToken)
        with placing(f"tokens.{name}"):
            claim.open_backing(scenario.tokens[name].supply, scenario.tokens[name].rate)
    for bridge in world.all(Bridge):
        with placing(f"bridges.{bridge.name}"):
            bridge.open_reserves()


def _place_venues(scenario: Scenario, world: World) -> None:
    """Place the venues, and open for each one's genesis reserves an account named ``providers of <venue>``."""
    for name, block in scenario.venues.items():
        with placing(f"venues.{name}"):
            world.add(TradingVenue(world, name, block.chain, block.tokens, block.mechanism.make()))
        if block.reserves:
            world.accounts.open(f"providers of {name}")


def _open_reserves(scenario: Scenario, world: World) -> None:
    """Genesis reserves, added by the venues' providers, who hold the shares; a venue that trades shares of another comes after it."""
    blocks = {name: block for name, block in scenario.venues.items() if block.reserves}
    for name in order({name: dict.fromkeys(block.tokens, 1.0) for name, block in blocks.items()}):
        if name in blocks:
            with placing(f"venues.{name}"):
                _open_venue(world, name, blocks[name])


def _open_venue(world: World, name: str, block: VenueBlock) -> None:
    venue, provider = world.targets[name], world.accounts.of(f"providers of {name}")
    assert isinstance(venue, TradingVenue)
    for token, amount in block.reserves.items():
        grant(world, block.chain, token, np.array([provider]), np.array([amount]))
    call = Call(world, block.chain, provider, world.clock.now)
    venue.add_liquidity(call, AddLiquidity(target=name, amounts=tuple(block.reserves.items())))
