"""The scenario of exotic collateral, smaller and coarser: each token loses its value in its own way, and the books balance throughout."""

from __future__ import annotations

import pytest

from experiments.inputs import Inputs
from experiments.load import load
from experiments.run import open_ecosystem
from model.core.units import DAY, HOUR, parse_time
from model.network import Books, clear_world, exposure_table, final_exposure
from model.quantities import read
from tests.network.test_scenarios import native_supply

FEW = {f"agents.{name}.count": 12 for name in ("pt_borrowers", "share_borrowers", "lrt_borrowers", "note_borrowers", "treasurers")}
COARSE = {
    "run.tick": HOUR, "run.record": DAY, "run.audited": True, "prices.eth": {"kind": "constant", "value": 2500.0},
    "agents.pt_holders.count": 10, "agents.liquidators.count": 2, **FEW,
}  # fmt: skip
MATURITY = parse_time("2026-06-25")


def stepped(days, **overrides):
    model = open_ecosystem(load("exotic-collateral", {**COARSE, **overrides}).scenario, 1, Inputs())
    for _ in range(round(days * DAY / model.world.clock.tick)):
        model.step()
    return model


@pytest.fixture(scope="module")
def stressed():
    """Twelve days: a crash of 30 %, a slashing, maturity, a default."""
    return stepped(
        12.0,
        **{
            "shocks.crash.factor": 0.7,
            "shocks.slashed.severity": 1.0,
            "agents.lrt_borrowers.count": 60,
            "shocks.default.at": 10.5 * DAY,
            "agents.treasurers.health": [1.03, 1.06, 1.1, 1.2],
        },
    )


def held(model, population, token):
    ledger, first = model.world.ledgers["ethereum"], model.world.accounts.of(population)
    return [ledger.balance(token, first + index) for index in range(10)]


def liquidated(model, token):
    frame = model.world.events.frame("liquidations")
    return frame[frame["collateral_token"] == token]


def test_holders_of_the_principal_roll_over_after_maturity_and_the_rest_keep_the_backing(stressed):
    world = stressed.world
    assert held(stressed, "pt_holders", "pt_june") == [0.0] * 10
    rolled = [amount > 0.0 for amount in held(stressed, "pt_holders", "pt_december")]
    assert 0 < sum(rolled) < 10
    kept = [amount for amount, went in zip(held(stressed, "pt_holders", "steth"), rolled, strict=True) if not went]
    assert kept == pytest.approx([600.0] * len(kept), rel=1e-3)
    events = world.events.frame("claims")
    redeemed = events[(events["token"] == "pt_june") & (events["step"] == "redeem")]
    assert len(redeemed) == 10
    assert redeemed["time"].min() > MATURITY
    december = max(held(stressed, "pt_holders", "pt_december"))
    assert 600.0 / december == pytest.approx(1.0 - 0.06 * 0.5, abs=2e-3), "each got the next issue at its discounted value"
    assert events[events["step"] == "maturity"]["time"].tolist() == [MATURITY]


def test_principal_as_collateral_is_liquidated_in_the_crash_and_stands_at_par_after_maturity(stressed):
    world = stressed.world
    sold = liquidated(stressed, "pt_june")
    assert len(sold) > 1
    assert sold["time"].max() < MATURITY
    core, venue = world.targets["core"], world.targets["pool_pt"]
    assert core.deposits("pt_june") > 10_000.0, "loans on it outlive it"
    assert core.price("pt_june") == world.targets["steth_usd"].value()
    assert world.targets["pt_june"].price_of_one() == 1.0
    assert world.targets["pt_june"].backing() >= world.ledgers["ethereum"].supply("pt_june") * (1.0 - 1e-12)
    assert sum(venue.pool().balances) == pytest.approx(0.1 * 16_200.0, rel=0.05), "its pool has emptied"


def test_a_service_slashes_its_allocation_and_loans_on_the_token_fall(stressed):
    world = stressed.world
    lrt, events = world.targets["lrt"], world.events.frame("claims")
    events = events[events["token"] == "lrt"].reset_index(drop=True)
    place = events.index[events["step"] == "slashed by oracle"][0]
    before = events["rate"][place]
    leaving, stay = lrt.line.requests.values(), world.ledgers["ethereum"].supply("lrt")
    owed, units = sum(request.most[0] for request in leaving), sum(request.units for request in leaving)
    assert len(leaving) > 20, "in escrow it is exposed too, and nobody has left or come since"
    assert events["amount"][place] == pytest.approx(-0.3 * (before * stay + owed))
    after = 0.7 * (before * stay + owed) / (stay + units)
    assert read(world, "impairment:lrt") == pytest.approx(1.0 - after / before, rel=1e-9)
    assert read(world, "impairment:lrt") == pytest.approx(0.3, rel=1e-4), "those who leave were owed a little less"
    assert [request.owed[0] for request in leaving] == pytest.approx([request.units * lrt.price_of_one() for request in leaving])
    frame = liquidated(stressed, "lrt")
    struck = parse_time("2026-06-22")
    assert len(frame[(frame["time"] >= struck) & (frame["time"] < struck + 4 * HOUR)]) > 1
    assert read(stressed.world, "impairment:note") == 0.0


def test_the_default_leaves_the_funds_lenders_with_what_is_recovered(stressed):
    world = stressed.world
    assert read(world, "impairment:bills") == pytest.approx(0.6)
    sold = liquidated(stressed, "bills")
    assert len(sold) >= 1
    assert {name.split("[")[0] for name in sold["liquidator"]} == {"desk_liquidators"}
    reverts = world.events.frame("reverts")
    assert not reverts["reason"].str.startswith("not_admitted").any()
    desk = world.targets["fund_desk"]
    assert desk.deposits("bills") * desk.price("bills") < desk.debt("usdc")


def test_shares_are_liquidated_and_sold_to_their_own_pool(stressed):
    swaps = stressed.world.events.frame("swaps")
    sold = swaps[swaps["sell"] == "curve"]
    assert sold["sold"].sum() == pytest.approx(liquidated(stressed, "curve")["seized"].sum(), rel=1e-9)
    assert len(sold) > 1


def test_the_note_is_redeemed_at_a_discount_at_par_and_stays_covered(stressed):
    world = stressed.world
    redeemed = world.events.frame("redemptions")
    assert (redeemed["token"] == "note").any()
    cover = world.targets["note"].cover()
    assert world.targets["note"].mechanism.coverage(cover) == pytest.approx(1.5 * 0.7, rel=0.05)


def test_what_final_holders_have_is_what_exists_after_all_that(stressed):
    world, books = stressed.world, Books(stressed.world)
    supply = native_supply(world)
    assert final_exposure(exposure_table(world, books=books), "amount").sum().to_dict() == pytest.approx(supply, rel=1e-9)
    usd = books.valuation.usd
    left = world.targets["pt_december"].mechanism.value(world.clock.now)
    assert 0.9 < left < 0.99
    assert usd("pt_december") == pytest.approx(left * usd("steth"), rel=1e-6)
    owed = [one for one in books.owed if (one.holder, one.at) == ("outside", "claim:pt_december")]
    assert sum(one.amount for one in owed) >= world.ledgers["ethereum"].supply("pt_december") * (1.0 - left) * (1.0 - 1e-9)
    assert not books.own().get(("claim:pt_december", "ethereum")), "the rest is the yield side's"
    clearing = clear_world(world, books=books)
    assert clearing["after"].sum() == pytest.approx(sum(amount * usd(token) for token, amount in supply.items()), rel=1e-9)


def test_time_alone_raises_health_on_the_principal_up_to_par():
    quiet = {
        "run.tick": 4 * HOUR,
        "shocks.crash.factor": 1.0,
        "tokens.steth.claim.yield_per_year": 0.0,
        "agents.pt_borrowers.managers": 0.0,
    }
    model = stepped(1 / 6, **quiet)
    core = model.world.targets["core"]
    row = core.book.find(model.world.accounts.of("pt_borrowers"))
    left = (MATURITY - model.world.clock.now) / (365 * DAY)
    assert core.price("pt_june") / model.world.targets["steth_usd"].value() == pytest.approx(1.0 - 0.08 * left)
    before, debt = core.health_of(row), core.debts_of(core.book.owners[row])["usdc"]
    while model.world.clock.now < MATURITY:
        model.step()
    grown = core.debts_of(core.book.owners[row])["usdc"] / debt
    assert core.health_of(row) * grown / before == pytest.approx(1.0 / (1.0 - 0.08 * left), rel=1e-3)
