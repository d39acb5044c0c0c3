"""Every recorded Compound v2 liquidation, from the state before it."""

from model.core.errors import Refused
from model.liquidation import FixedSpread
from model.liquidation.base import Position
from tests.liquidation.recorded import Agreement, both, rows

REASONS = {
    "LiquidateComptrollerRejection[3]": "healthy",
    "LiquidateComptrollerRejection[17]": "close_factor",
    "LIQUIDATE_SEIZE_TOO_MUCH": "seize_too_much",
}


def accrued(state, trace, name):
    """Growth of the debt and exchange rate of a market (underlying per cToken, base units) brought to the block of ``state``."""
    market = state["markets"][name]
    interest = int(market["borrowRatePerBlock"]) / 1e18 * (state["block"] - market["accrualBlockNumber"])
    share = int(trace["markets"][name]["reserveFactor_wad"]) / 1e18
    cash, borrows, reserves, supply = (int(market[key]) for key in ("cash", "totalBorrows", "totalReserves", "totalSupply"))
    return 1.0 + interest, (cash + borrows - reserves + borrows * interest * (1.0 - share)) / supply


def position(trace, state, call):
    """The position with the collateral in cTokens, priced at their underlying."""
    user, markets = state["users"][call["user"]], trace["markets"]
    debt_name, name = call["debt"], call["collateral"]
    growth, _ = accrued(state, trace, debt_name)
    _, exchange = accrued(state, trace, name)
    debt = int(user["borrowBalanceStored"][debt_name]) * growth
    collateral = float(int(user["cTokens"][name]))
    debt_price = int(state["markets"][debt_name]["price_mantissa"]) / 1e36
    price = int(state["markets"][name]["price_mantissa"]) / 1e36 * exchange
    factor = int(markets[name]["collateralFactor_wad"]) / 1e18
    health = collateral * price * factor / (debt * debt_price) if debt else float("inf")
    bonus = int(trace["liquidationIncentive_wad"]) / 1e18 - 1.0
    return Position(health, debt, debt_price, collateral, price, debt * debt_price, collateral * price, bonus, factor)


def replay(trace, state, step, agreement):
    place = f"{trace['id']} {step['repay']}"
    where = position(trace, state, step)
    params = FixedSpread.Params(
        close_factor=int(trace["closeFactor_wad"]) / 1e18, above="refuse", fee_on="seizure",
        protocol_fee=int(trace["protocolSeizeShare_wad"]) / 1e18,
    )  # fmt: skip
    repay = float(int(step["repay"]))
    most = params.close_factor * where.debt
    if abs(repay - most) <= 1e-9 * most:
        # Below what a float can tell from the close factor: a refusal is skipped, the amounts of anything else are checked.
        if REASONS.get(step.get("revert")) == "close_factor":
            agreement.count["skipped"] += 1
            return
        repay = most
    try:
        settled = FixedSpread(params).settle(where, repay)
    except Refused as refused:
        agreement.same(place, refused.reason, REASONS.get(step.get("revert")))
        agreement.count[refused.reason] += 1
        return
    agreement.same(f"{place} settles", step["ok"], True)
    if not step["ok"]:
        return
    # The contract rounds cTokens per unit repaid to 18 decimals.
    unit = repay * 1e-18
    agreement.number(f"{place} repaid", settled.repaid, step["event"]["repayAmount"])
    agreement.number(f"{place} seized", settled.seized, step["event"]["seizeTokens"], unit)
    taker = int(step["state"]["users"]["liq"]["cTokens"][step["collateral"]]) - int(state["users"]["liq"]["cTokens"][step["collateral"]])
    agreement.number(f"{place} received", settled.seized - settled.protocol_fee, taker, unit)
    agreement.count["settled"] += 1


@both
def test_liquidations(source):
    agreement = Agreement()
    for trace in rows(source, "compound_v2", "trace"):
        state = None
        for step in trace["steps"]:
            if step["op"] == "liquidate":
                replay(trace, state, step, agreement)
            state = step["state"]
    assert agreement.faults == []
    assert agreement.count["settled"] > 0
    if source == "whole":
        names = ("settled", "healthy", "close_factor", "seize_too_much", "skipped")
        assert [agreement.count[name] for name in names] == [55, 46, 4, 3, 12]
