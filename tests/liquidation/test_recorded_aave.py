"""Every recorded Aave liquidation, replayed from the state before it alone."""

import pytest

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import DustAwareSpread, FixedSpread
from model.liquidation.base import Position
from tests.liquidation.recorded import Agreement, both, rows

MAX = 2**256 - 1
REASONS = {"42": "healthy", "103": "must_not_leave_dust"}


def mechanism(version, asset):
    fee = asset.get("protocol_fee_bps", 0) * 1e-4
    if version == "aave_v3_3":
        return DustAwareSpread(DustAwareSpread.Params(protocol_fee=fee))
    if version == "aave_v3":
        return FixedSpread(FixedSpread.Params(full_close_health=0.95, protocol_fee=fee))
    return FixedSpread(FixedSpread.Params())


def terms(row, user, name):
    """Liquidation threshold and bonus, the e-mode category's where the user and the asset are in it."""
    asset, category = row["market"]["assets"][name], user.get("emode", 0)
    found = row["market"]["emode_categories"][str(category)] if category and asset["emode_category"] == category else asset
    return found["lt_bps"] * 1e-4, found["bonus_bps"] * 1e-4 - 1.0


def position(row, quote):
    """The position in base units; ``quote`` is one unit of the numeraire in the oracle's base currency."""
    call, before = row["call"], row["before"]
    user = before["users"][call["user"]]

    def price(name):
        return int(before["reserves"][name]["price"]) / quote / 10 ** row["market"]["assets"][name]["decimals"]

    balances = user["balances"]
    debts = {name: int(held["variableDebt"]) for name, held in balances.items()}
    supplied = {name: int(held["aToken"]) for name, held in balances.items() if held["usedAsCollateral"]}
    threshold, bonus = terms(row, user, call["collateral"])
    return Position(
        health=int(user["account"]["healthFactor"]) / 1e18, debt=float(debts[call["debt"]]), debt_price=price(call["debt"]),
        collateral=float(supplied[call["collateral"]]), collateral_price=price(call["collateral"]),
        total_debt_value=sum(amount * price(name) for name, amount in debts.items()),
        total_collateral_value=sum(amount * price(name) for name, amount in supplied.items()), bonus=bonus, threshold=threshold,
    )  # fmt: skip


def expected_reason(version, revert):
    return "healthy" if version != "aave_v2" and revert == "45" else REASONS.get(revert)


def replay(version, row, agreement):
    call, result = row["call"], row["result"]
    quote = 1e18 if version == "aave_v2" else 1e8
    where = position(row, quote)
    asked = int(call["debt_to_cover"])
    kind = mechanism(version, row["market"]["assets"][call["collateral"]])
    try:
        settled = kind.settle(where, ALL if asked == MAX else float(asked))
    except Refused as refused:
        agreement.same(f"{row['id']} refusal", refused.reason, expected_reason(version, result.get("revert", "")))
        agreement.count["refused"] += 1
        return
    net = settled.seized - settled.protocol_fee
    if not result["ok"]:
        # What is left are refusals of the payout: the reserve has less free liquidity than the underlying to be paid.
        free = int(row["before"]["reserves"][call["collateral"]]["availableLiquidity"])
        agreement.same(f"{row['id']} payout", (expected_reason(version, result["revert"]), net > free), (None, True))
        agreement.count["payouts"] += 1
        return
    ratio = where.collateral_price / where.debt_price
    base = 1.0 / quote
    event = result["event"]
    agreement.number(f"{row['id']} repaid", settled.repaid, event["debtToCover"], max(ratio, base / where.debt_price))
    agreement.number(f"{row['id']} received", net, event["liquidatedCollateralAmount"], max(1.0 / ratio, base / where.collateral_price))
    if version != "aave_v2":
        fee = treasury(row, "after") - treasury(row, "before")
        agreement.number(f"{row['id']} fee", settled.protocol_fee, fee, max(1.0 / ratio, 1.0))
    agreement.count["settled"] += 1


def treasury(row, moment):
    return int(row[moment]["reserves"][row["call"]["collateral"]]["treasuryAToken"])


@both
@pytest.mark.parametrize(
    ("version", "whole"),
    [
        ("aave_v2", {"settled": 66, "refused": 9, "payouts": 3}),
        ("aave_v3", {"settled": 94, "refused": 12, "payouts": 2}),
        ("aave_v3_3", {"settled": 91, "refused": 17, "payouts": 2}),
    ],
)
def test_liquidations(source, version, whole):
    agreement = Agreement()
    recorded = rows(source, version, "liquidation")
    for row in recorded:
        replay(version, row, agreement)
    assert agreement.faults == []
    counts = {name: agreement.count[name] for name in whole}
    assert sum(counts.values()) == len(recorded)
    if source == "whole":
        assert counts == whole
