"""A scenario: a world, a population and a stress, as data.

A scenario file is TOML; ``base = "name"`` inherits one level; dotted overrides are the same strings on the command line, in sweeps, in
``batch_run`` and on the page. This module declares what a scenario may contain; ``experiments.load`` reads files and overrides.
"""

from __future__ import annotations

from typing import Any

from pydantic import field_validator, model_validator

import experiments.kinds  # noqa: F401  registers every kind
from agents.base import Population
from experiments.blocks import placed
from experiments.measures import MeasuresParams
from experiments.published import PublishedParams
from experiments.shared_queues import with_shared_queues
from model.bridges.base import Bridge
from model.claims.base import Claim
from model.core.choice import chosen
from model.core.params import Params, param
from model.core.units import format_time, parse_time
from model.feeds.base import Feed
from model.markets.base import Market
from model.ordering.base import Ordering
from model.prices.base import PriceProcess
from model.shocks.base import Shock
from model.venues.base import Venue
from model.world.chain import ChainParams
from model.world.timelock import TimelockParams
from model.world.update_auction import AuctionParams

_BASE_FEE = {"kind": "base_fee"}


class RunParams(Params):
    """When and how finely a run is made."""

    start: str = param("2022-01-01", unit="ISO 8601", description="First moment of the run, UTC")
    days: float = param(7.0, unit="days", gt=0, le=3660, description="Length of the run")
    tick: float = param(300.0, unit="seconds", gt=0, description="Length of a step: how often exogenous prices move")
    record: float = param(3600.0, unit="seconds", gt=0, description="Period at which outcomes are recorded")
    seed: int | None = param(None, unit="1", ge=0, description="Root seed; none for a fresh one from the system, recorded")
    audited: bool = param(False, unit="yes or no", description="Whether every conservation identity is checked after every step")
    sterile: tuple[str, ...] = param((), unit="purpose", description="Purposes whose sales move no venue: liquidation, deleveraging")

    @field_validator("start")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        return format_time(parse_time(value))

    @field_validator("sterile")
    @classmethod
    def _are_purposes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - {"liquidation", "deleveraging"}:
            raise ValueError(f"liquidation, deleveraging (not {', '.join(sorted(unknown))})")
        return value


class ChainBlock(ChainParams):
    """One chain with the way its blocks are filled."""

    ordering: chosen(Ordering) = param(_BASE_FEE, unit="kind", description="How a block is filled")  # type: ignore[valid-type]
    gas_series: chosen(PriceProcess) | None = param(  # type: ignore[valid-type]
        None, unit="gwei",
        description="Course of the gas price at which demand from outside fills blocks, in place of `gas_price`: table, anchors, process",
    )  # fmt: skip


class TokenBlock(Params):
    """A token: native, or a claim on others."""

    chain: str = param(unit="chain", description="Chain it lives on")
    claim: chosen(Claim) | None = param(None, unit="kind", description="What stands behind it; none for a native token")  # type: ignore[valid-type]
    supply: float = param(0.0, unit="token", ge=0, description="Genesis supply of a claim, held outside the model's agents")
    rate: float | None = param(
        None, unit="backing/token", gt=0, description="Backing per token of a claim at genesis; none: what the kind says of a new one"
    )
    buffer: float = param(0.0, unit="backing token", ge=0, description="Part of the backing at hand for redemptions at once")


class VenueBlock(Params):
    """A trading venue with its genesis reserves."""

    chain: str = param(unit="chain", description="Chain it stands on")
    tokens: tuple[str, ...] = param(unit="token", min_length=2, description="Tokens that trade there, in the venue's order")
    mechanism: chosen(Venue) = param(unit="kind", description="How it trades")  # type: ignore[valid-type]
    reserves: dict[str, float] = param({}, unit="token", description="Genesis reserves by token, provided by the first liquidity provider")


class FeedBlock(Params):
    """A feed on one chain."""

    chain: str = param(unit="chain", description="Chain it is read on")
    mechanism: chosen(Feed) = param(unit="kind", description="How the price is stated")  # type: ignore[valid-type]
    auction: AuctionParams | None = param(
        None, unit="table", description="Auction of the right to liquidate with an update of a posted feed; none: updates land publicly"
    )


class ColumnsParams(Params):
    """How an input file is read: where its time stands, which column is what."""

    time: str = param("time", unit="column", description="Column of times (ISO 8601 or seconds since 1970)")
    columns: dict[str, str] = param({}, unit="column", description="Quantity of the model -> column of the file")
    gap: float = param(7200.0, unit="seconds", gt=0, description="A longer step between rows is reported as a gap")


class PriceColumnsParams(ColumnsParams):
    """How files of prices are read, and whether they may leave part of a run open."""

    labelled: bool = param(False, unit="yes or no", description="Whether every file must say whose prices it holds: TOKEN=FILE")
    fill: bool = param(False, unit="yes or no", description="Whether the scenario's own prices stand where a file does not reach")


class InputsParams(Params):
    """Files that a run can be given in place of what the scenario ships."""

    prices: PriceColumnsParams = param(PriceColumnsParams(), unit="table", description="Columns of --prices: token -> USD price column")
    gas: ColumnsParams = param(ColumnsParams(), unit="table", description="Columns of --gas: chain -> gas price column (gwei)")
    positions: ColumnsParams = param(ColumnsParams(), unit="table", description="Columns of --positions, by what the population asks for")
    reality: dict[str, str] = param({}, unit="expression", description="Outcome -> ratio of columns of --prices it is compared with")


class Scenario(Params):
    """A world, a population and a stress."""

    title: str = param(unit="text", min_length=1, description="One line")
    purpose: str = param("", unit="text", description="The question that it serves")
    sources: tuple[str, ...] = param((), unit="text", description="Where its figures come from")
    fitted: dict[str, str] = param({}, unit="text", description="Parameters (dotted) that were fitted, and to what")
    run: RunParams = param(RunParams(), unit="table", description="When and how finely")
    chains: dict[str, ChainBlock] = param(unit="table", min_length=1, description="Chains by name")
    prices: dict[str, chosen(PriceProcess)] = param(unit="table", min_length=1, description="Exogenous prices (USD) by token")  # type: ignore[valid-type]
    correlation: dict[str, float] = param({}, unit="1", description="Correlation of innovations by pair, token/token")
    tokens: dict[str, TokenBlock] = param({}, unit="table", description="Tokens by name")
    bridges: dict[str, chosen(Bridge)] = param({}, unit="table", description="Bridges by name, each for one token")  # type: ignore[valid-type]
    venues: dict[str, VenueBlock] = param({}, unit="table", description="Trading venues by name")
    feeds: dict[str, FeedBlock] = param({}, unit="table", description="Feeds by name")
    markets: dict[str, placed(Market, chain=...)] = param({}, unit="table", description="Markets by name")  # type: ignore[valid-type]
    governance: dict[str, TimelockParams] = param({}, unit="table", description="Timelocks by name")
    agents: dict[str, chosen(Population)] = param({}, unit="table", description="Populations by name")  # type: ignore[valid-type]
    shocks: dict[str, chosen(Shock)] = param({}, unit="table", description="Shocks by name")  # type: ignore[valid-type]
    inputs: InputsParams = param(InputsParams(), unit="table", description="Files that a run can be given")
    variants: dict[str, dict[str, Any]] = param({}, unit="table", description="Variants by name: dotted overrides")
    headline: tuple[str, ...] = param((), unit="outcome", description="Outcomes shown first")
    measures: MeasuresParams = param(MeasuresParams(), unit="table", description="Outcomes recorded beside the standard ones")
    published: dict[str, PublishedParams] = param({}, unit="table", description="Published figures that a run is compared with, by label")

    @model_validator(mode="before")
    @classmethod
    def _share_queues(cls, raw: object) -> object:
        return with_shared_queues(raw)

    def resolved(self) -> dict[str, Any]:
        """The mapping that reads back to this scenario."""
        return self.model_dump(mode="json", exclude_none=True)
