"""The same shock under three ways to price a claim."""

from __future__ import annotations

import pytest

from experiments.cli import call
from experiments.convention_curves import compare_conventions, draw, table
from experiments.feed_conventions import plan
from experiments.inputs import Inputs
from experiments.load import load, read
from experiments.run import open_ecosystem, run
from model.core.errors import BadInput
from model.core.units import DAY
from tests.experiments.small import small


def depegged():
    raw = small()
    raw["prices"]["eth"] = {"kind": "constant", "value": 2000.0}
    raw["run"]["days"] = 0.15
    raw["shocks"] = {
        "seller": {"kind": "depeg_seller", "at": 1800, "venue": "curve", "token": "steth", "into": "eth", "amount": 9300.0, "over": 3600},
    }
    return raw


def wrapped(**market):
    """A wrapped form at a rate of 1.2, which nothing trades but what it wraps; a market in USD."""
    raw = depegged()
    raw["tokens"]["wsteth"] = {"chain": "ethereum", "claim": {"kind": "wrapped", "backing": "steth"}, "supply": 10_000.0, "rate": 1.2}
    raw["feeds"] |= {
        "eth_usd": {"chain": "ethereum", "mechanism": {"kind": "market", "sources": ["price:eth"]}},
        "any": {"chain": "ethereum", "mechanism": {"kind": "constant", "value": 1.0}},
    }
    collateral = {"ltv": 0.7, "liquidation_threshold": 0.8, "borrowable": False}
    raw["markets"]["other"] = {
        "kind": "pooled", "chain": "ethereum", "numeraire": "usd",
        "reserves": {"wsteth": {"feed": "any", **collateral}, "eth": {"feed": "eth_usd", "ltv": 0.7, "liquidation_threshold": 0.8}},
        **market,
    }  # fmt: skip
    return raw


def test_each_convention_has_its_own_day():
    """The scenario that ships: the discount strikes the market feed alone, the snapshot the cap alone, the slashing all of them."""
    scenario = load("feed-conventions", {"run.days": 5.2, "run.tick": 900.0}).scenario
    curves = {curve.convention: curve for curve in compare_conventions(plan(scenario), 1)}
    assert list(curves) == ["market", "exchange rate", "capped growth"]
    start = curves["market"].times[0]
    steps = {name: [curve.by(start + day * DAY) for day in (1.0, 2.0, 3.0, 4.0, 5.2)] for name, curve in curves.items()}
    before, discount, between, snapshot, slashed = steps["market"]
    assert before == 0.0
    assert discount == between == snapshot > 1e6
    before, discount, between, snapshot, slashed = steps["exchange rate"]
    assert before == discount == between == snapshot == 0.0
    assert slashed > 1e6
    before, discount, between, snapshot, slashed = steps["capped growth"]
    assert before == discount == between == 0.0
    assert slashed > snapshot > 1e6
    # Who was liquidated at the snapshot is not there to be liquidated at the slashing.
    assert slashed - snapshot < steps["exchange rate"][4]
    assert [label for _, label in sorted(curves["market"].marks)] == ["seller", *["lst_capped governed"] * 4, "slashing"]
    figure = draw(list(curves.values()), "three")
    figure.canvas.draw()
    assert {line.get_label() for line in figure.axes[0].get_lines()} >= set(curves)


def test_a_depeg_liquidates_only_where_the_market_prices_the_claim():
    curves = {curve.convention: curve for curve in compare_conventions(plan(read(depegged()).scenario, "steth"), 1)}
    assert curves["market"].total > 0.0
    assert curves["exchange rate"].total == 0.0
    # A cap that the rate does not reach says what the rate says.
    assert curves["capped growth"].repaid == curves["exchange rate"].repaid
    rows = table(list(curves.values()))
    assert [row["feed"] for row in rows] == ["steth_eth", "convention_rate_steth", "convention_capped"]


def test_only_the_feed_that_the_market_reads_differs():
    planned = plan(read(depegged()).scenario, "steth")
    raws = [scenario.resolved() for scenario in planned.scenarios.values()]
    read_by = [raw["markets"]["aave"]["reserves"]["steth"].pop("feed") for raw in raws]
    assert read_by == list(planned.feeds.values())
    assert raws[0] == raws[1] == raws[2]
    kinds = [raws[0]["feeds"][feed]["mechanism"]["kind"] for feed in read_by]
    assert kinds == ["market", "exchange_rate", "capped_growth"]


def test_the_cap_begins_at_the_rate_at_genesis():
    raw = depegged()
    raw["tokens"]["steth"] |= {"claim": {"kind": "staked", "rebases": False}, "rate": 1.25}
    raw["venues"]["curve"]["mechanism"]["rates"] = [1.0, 1.25]
    planned = plan(read(raw).scenario, "steth")
    scenario = planned.scenarios["capped growth"]
    assert scenario.feeds["convention_capped"].mechanism.params.snapshot_ratio == pytest.approx(1.25)
    world = open_ecosystem(scenario, 1, Inputs()).world
    assert world.targets["convention_capped"].value() == world.targets["convention_rate_steth"].value() == pytest.approx(1.25)


def test_a_wrapped_form_is_priced_through_what_it_wraps():
    """Market price of wstETH in USD = steth per wsteth x steth/eth on the pool x ETH/USD."""
    planned = plan(read(wrapped()).scenario, "wsteth")
    assert planned.markets == ("other",)
    world = open_ecosystem(planned.scenarios["market"], 1, Inputs()).world
    spot = world.targets["curve"].spot("steth", "eth")
    assert world.targets[planned.feeds["market"]].value() == pytest.approx(1.2 * spot * 2000.0, rel=1e-9)
    assert world.targets[planned.feeds["exchange rate"]].value() == pytest.approx(1.2 * 2000.0, rel=1e-9)
    assert world.targets[planned.feeds["capped growth"]].value() == pytest.approx(1.2 * 2000.0, rel=1e-9)
    posted = planned.scenarios["market"].feeds["convention_market"].mechanism
    assert (posted.kind, posted.params.sources, posted.params.times) == ("market", ("venue:curve steth/eth",), "feed:eth_usd")


def test_a_venue_of_the_wrapped_form_for_what_it_wraps_will_do():
    raw = wrapped()
    raw["venues"]["wrap"] = {
        "chain": "ethereum", "tokens": ["steth", "wsteth"], "reserves": {"steth": 1200.0, "wsteth": 1000.0},
        "mechanism": {"kind": "stableswap", "rates": [1.0, 1.2]},
    }  # fmt: skip
    planned = plan(read(raw).scenario, "wsteth")
    world = open_ecosystem(planned.scenarios["market"], 1, Inputs()).world
    spot = world.targets["wrap"].spot("wsteth", "steth")
    assert world.targets[planned.feeds["market"]].value() == pytest.approx(spot * 2000.0, rel=1e-9)


def test_a_bridged_form_is_priced_by_its_own_pool_and_by_the_rate_that_comes_over():
    planned = plan(load("two-chain-lst", {"tokens.lst.rate": 1.1}).scenario, "lst_r", ["aave_r"])
    world = open_ecosystem(planned.scenarios["market"], 1, Inputs()).world
    assert planned.feeds["market"] == "lst_eth_r"
    assert world.targets[planned.feeds["exchange rate"]].value() == pytest.approx(1.1, rel=1e-12)
    assert world.targets[planned.feeds["capped growth"]].value() == pytest.approx(1.1, rel=1e-12)
    relay = planned.scenarios["market"].feeds["convention_relay_lst"]
    assert (relay.chain, relay.mechanism.kind, relay.mechanism.params.source) == ("rollup", "relayed", "claim:lst")


def test_a_claim_on_several_tokens_is_refused():
    raw = depegged()
    raw["tokens"]["share"] = {"chain": "ethereum", "claim": {"kind": "pool_share", "tokens": ["eth", "usdc"]}}
    raw["markets"]["aave"]["reserves"]["share"] = {"feed": "steth_eth"}
    with pytest.raises(BadInput, match="share -> eth and usdc; allowed: a claim that stands on one token at a time"):
        plan(read(raw).scenario, "share")


def test_somebody_posts_the_market_feed():
    raw = depegged()
    raw["feeds"]["steth_eth"]["mechanism"] = {"kind": "constant", "value": 1.0}
    assert "convention_reporter" not in plan(read(raw).scenario, "steth").scenarios["market"].agents
    raw["agents"]["oracles"]["feeds"] = ["usdc_eth"]
    curves = compare_conventions(plan(read(raw).scenario, "steth"), 1)
    assert curves[0].feed == "convention_market"
    assert curves[0].total > 0.0


def test_liquidations_of_other_collateral_and_other_markets_do_not_count():
    raw = small()
    raw["run"]["days"] = 0.2
    raw["markets"]["second"] = {**raw["markets"]["aave"]}
    raw["agents"] |= {
        "second_lenders": {**raw["agents"]["lenders"], "market": "second"},
        "second_eth": {**raw["agents"]["eth_lenders"], "market": "second"},
        "second_borrowers": {**raw["agents"]["borrowers"], "market": "second"},
        "others": {"kind": "pair_borrowers", "market": "second", "collateral": "eth", "debt": "usdc", "total": 1000.0, "count": 20},
    }
    both = plan(read(raw).scenario, "steth")
    assert both.markets == ("aave", "second")
    one = plan(read(raw).scenario, "steth", ["second"])
    assert one.scenarios["exchange rate"].markets["aave"] == read(raw).scenario.markets["aave"]
    done = run(one.scenarios["exchange rate"], 1).events("liquidations")
    assert set(done["market"]) == {"aave", "second"}
    assert set(done["collateral_token"]) == {"steth", "eth"}
    counted = done[(done["market"] == "second") & (done["collateral_token"] == "steth")]
    one.scenarios = {"exchange rate": one.scenarios["exchange rate"]}
    [curve] = compare_conventions(one, 1)
    assert curve.total == pytest.approx(counted["repaid_value"].sum())
    assert (curve.seized, curve.accounts) == (pytest.approx(counted["seized"].sum()), counted["borrower"].nunique())
    assert curve.total > 0.0


@pytest.mark.parametrize(
    ("claim", "markets", "said"),
    [
        ("usdc", (), "a claim that a market prices: steth, wsteth"),
        (None, (), "none is named"),
        ("wsteth", ("aave",), "a market that prices wsteth: other"),
    ],
)
def test_what_nothing_prices_is_refused(claim, markets, said):
    with pytest.raises(BadInput, match=said):
        plan(read(wrapped()).scenario, claim, markets)


def test_a_claim_that_nothing_trades_or_that_ends_in_nothing_is_refused():
    raw = depegged()
    raw["venues"]["curve"]["tokens"] = ["usdc", "steth"]
    raw["venues"]["curve"]["reserves"] = {}
    raw["feeds"]["steth_eth"]["mechanism"] = {"kind": "constant", "value": 1.0}
    raw["shocks"] = {}
    with pytest.raises(BadInput, match="a claim with a venue on ethereum: steth/eth"):
        plan(read(raw).scenario, "steth")
    raw = wrapped()
    del raw["markets"]["other"]["reserves"]["eth"]
    with pytest.raises(BadInput, match="a feed of eth in usd"):
        plan(read(raw).scenario, "wsteth")


def test_markets_of_two_numeraires_are_refused_together():
    raw = wrapped()
    raw["markets"]["aave"]["reserves"]["wsteth"] = {"feed": "any"}
    with pytest.raises(BadInput, match="aave on ethereum in eth, other on ethereum in usd"):
        plan(read(raw).scenario, "wsteth")


def test_the_command_draws_one_figure_of_a_variant(small_file, tmp_path, capsys):
    out = tmp_path / "f"
    assert call(["feeds", str(small_file), "--seed", "1", "--out", str(out), "--set", "run.days=0.1"]) == 0
    assert (out / "feeds.png").stat().st_size > 10_000
    assert "exchange rate" in capsys.readouterr().out
    assert call(["feeds", str(small_file), "--variant", "nothing", "--out", str(out)]) == 2
    assert "--variant" in capsys.readouterr().err
