"""Every recorded Morpho Blue liquidation, from the state before it: either side given, refusals, bad debt."""

from model.core.errors import Refused
from model.liquidation import LltvIncentive
from model.liquidation.base import Position
from tests.liquidation.recorded import Agreement, both, rows

VIRTUAL_SHARES, VIRTUAL_ASSETS = 10**6, 1


def position(trace, state, call):
    market, held = state["market"], state["positions"][call["user"]]
    index = (int(market["totalBorrowAssets"]) + VIRTUAL_ASSETS) / (int(market["totalBorrowShares"]) + VIRTUAL_SHARES)
    debt, collateral = int(held["borrowShares"]) * index, float(int(held["collateral"]))
    price, lltv = int(state["oracle_price"]) / 1e36, int(trace["lltv_wad"]) / 1e18
    health = collateral * price * lltv / debt if debt else float("inf")
    return Position(health, debt, 1.0, collateral, price, debt, collateral * price, 0.0, lltv), index


def replay(trace, state, step, agreement):
    where, index = position(trace, state, step)
    kind = LltvIncentive(LltvIncentive.Params())
    given = int(step["seized"])
    place = f"{trace['id']} {given} {step['repaid_shares']}"
    if abs(where.health - 1.0) < 1e-9:
        # Below what a float can tell from healthy: a refusal is skipped, the amounts of anything else are checked.
        if step.get("revert") == "position is healthy":
            agreement.count["skipped"] += 1
            return
        where = where._replace(health=1.0 - 1e-9)
    try:
        settled = kind.settle_seizing(where, float(given)) if given else kind.settle(where, int(step["repaid_shares"]) * index)
    except Refused as refused:
        # An overflow of the contract is a repayment above the debt or a seizure above the collateral.
        allowed = {"position is healthy": {"healthy"}, "Panic(0x11)": {"invalid_amount", "seize_too_much"}}
        agreement.same(place, refused.reason in allowed.get(step.get("revert"), set()), True)
        agreement.count[refused.reason] += 1
        return
    agreement.same(f"{place} settles", step["ok"], True)
    if not step["ok"]:
        return
    unit = where.collateral_price
    agreement.number(f"{place} seized", settled.seized, step["out_seized"], 1.0 / unit)
    agreement.number(f"{place} repaid", settled.repaid, step["out_repaid"], unit)
    if int(step["event"]["seizedAssets"]) == int(state["positions"][step["user"]]["collateral"]):
        agreement.number(f"{place} bad debt", where.debt - settled.repaid, step["event"]["badDebtAssets"], unit)
        agreement.count["exhausted"] += 1
    agreement.count["settled"] += 1


@both
def test_liquidations(source):
    agreement = Agreement()
    for trace in rows(source, "morpho_blue", "trace"):
        state = None
        for step in trace["steps"]:
            if step["op"] == "liquidate":
                replay(trace, state, step, agreement)
            state = step["state"]
    assert agreement.faults == []
    assert agreement.count["settled"] > 0
    if source == "whole":
        names = ("settled", "exhausted", "healthy", "invalid_amount", "seize_too_much", "skipped")
        assert [agreement.count[name] for name in names] == [46, 16, 10, 4, 4, 6]
