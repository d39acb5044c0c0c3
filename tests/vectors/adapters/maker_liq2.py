"""Recordings of Maker Liquidation 2.0: curves (``abacus``) and auctions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import ALL, Borrow, Receipt, Supply, Take, Trigger
from model.markets.maker import Maker
from model.markets.maker_auctions import Bark, LotNumber, Slice
from tests.vectors.adapters.minting import CHAIN, FEED, MARKET, MintingWorld
from tests.vectors.tally import Tally

WAD, RAY, RAD = 1e18, 1e27, 1e45
CURVES = {"LinearDecrease": "linear", "StairstepExponentialDecrease": "stairstep", "ExponentialDecrease": "exponential"}
GEM, DAI = "gem", "dai"


def shape(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a recorded curve."""
    return {"curve": CURVES[name], **{key: int(value) / (RAY if key == "cut" else 1.0) for key, value in params.items()}}


def auction_of(p: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a recorded auction."""
    return {
        "kind": "dutch_auction", **shape(p["curve"], p["curve_params"]), "buf": int(p["buf"]) / RAY, "tail": int(p["tail"]),
        "cusp": int(p["cusp"]) / RAY, "penalty": int(p["chop_wad"]) / WAD - 1.0, "tip": int(p["tip"]) / RAD, "chip": int(p["chip"]) / WAD,
    }  # fmt: skip


class Vaults(MintingWorld):
    """One row's world: a market with one type; the owner's vault stands as recorded before the first step."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__(float(row["before"]["timestamp"]))
        p, setup = row["params"], row["setup"]
        kind = {
            "feed": FEED, "liquidation_ratio": int(p["mat_ray"]) / RAY, "stability_fee": 0.0, "dust": int(p["dust_rad"]) / RAD,
            "hole": int(p["hole_rad"]) / RAD, "ceiling": 1e30, "auction": auction_of(p),
        }  # fmt: skip
        params = Maker.Params.read({"types": {GEM: kind}, "hole": int(p["Hole_rad"]) / RAD, "ceiling": 1e30})
        self.market = Maker(self.world, MARKET, CHAIN, params)
        self.world.add(self.market)
        self.type = self.market.types[GEM]
        ink, art, rate = (int(setup[name]) for name in ("ink", "art", "rate"))
        self.one = max(1.0, ink / art, art * rate / RAY / ink)
        """Base units of one token that a base unit of the other is worth in this vault."""
        self.fund("owner", GEM, ink / WAD)
        self.fund("bidder", DAI, int(row["before"]["dai"]["bidder"]) / RAD)
        self.post(int(setup["price0_wad"]) / WAD)
        opened = self.execute(
            "owner",
            Supply(target=MARKET, token=GEM, amount=ALL),
            Borrow(target=MARKET, token=DAI, amount=art / WAD),
        )
        assert opened.ok, opened.reason
        self.market.fold(self.type, rate / RAY - 1.0)
        self.post(int(setup["price1_wad"]) / WAD)

    def perform(self, step: Mapping[str, Any]) -> Receipt | None:
        """Perform a step; None for one that is no transaction."""
        match step["op"]:
            case "warp":
                self.warp(step["dt"])
                return None
            case "price":
                return self.post(int(step["price_wad"]) / WAD)
            case "bark":
                return self.execute("keeper", Trigger(target=MARKET, item=Bark(self.account("owner"), GEM)))
            case "redo":
                return self.execute("keeper", Trigger(target=MARKET, item=LotNumber(0)))
            case "take":
                most, amount = int(step["max"]), int(step["amt"])
                terms = Slice(ALL if amount >= 2**255 else amount / WAD, ALL if most >= 2**255 else most / RAY)
                return self.execute("bidder", Take(target=MARKET, item=LotNumber(0), terms=terms))
        raise ValueError(f"unknown operation {step['op']!r}")

    def compare_status(self, recorded: Mapping[str, Any], tally: Tally) -> None:
        """Price and state of the running sale; zeros where there is none."""
        lot = self.market.running.get(0)
        rule, now = self.type.auction(), self.world.clock.now
        tally.same("status.needsRedo", lot is not None and rule.needs_reset(lot.sale, now), recorded["needsRedo"])
        # The contract rounds the factor to 1e-27 at each multiplication; it multiplies the start price.
        tally.number("status.price", rule.price(lot.sale, now) * RAY if lot else 0.0, recorded["price"], lot.sale.top if lot else 0.0)
        for name, unit, base in (("lot", self.one, WAD), ("tab", self.one * RAY, RAD)):
            if name in recorded:
                tally.number(f"status.{name}", getattr(lot.sale, name) * base if lot else 0.0, recorded[name], unit)

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a complete read-out."""
        market, kind, row = self.market, self.type, self.market.book.find(self.account("owner"))
        lot, one = market.running.get(0), self.one
        tally.same("timestamp", int(self.world.clock.now), state["timestamp"])
        found = {
            "urn": {"ink": (market.ink(kind, row) * WAD, one), "art": (market.art(kind, row) * WAD, one)},
            "ilk": {"Art": (kind.total * WAD, one), "rate": (kind.rate * RAY, 0.0), "spot": (market.spot(kind) * RAY, 1.0)},
            "dog": {"Dirt": (market.dirt * RAD, one * RAY), "ilkDirt": (kind.dirt * RAD, one * RAY)},
            "dai": {
                "bidder": (self.held("bidder", DAI) * RAD, one * RAY), "keeper": (self.held("keeper", DAI) * RAD, one * RAY),
                "vow": (market.surplus() * RAD, one * RAY),
            },
            "gem": {
                "bidder": (self.held("bidder", GEM) * WAD, one), "urn_owner": (self.held("owner", GEM) * WAD, one),
                "clip": ((lot.sale.lot if lot else 0.0) * WAD, one),
            },
            "sale": {
                "pos": (0.0, 0.0), "tab": (lot.sale.tab * RAD if lot else 0.0, one * RAY), "lot": (lot.sale.lot * WAD if lot else 0.0, one),
                "tic": (lot.sale.started if lot else 0.0, 0.0), "top": (lot.sale.top * RAY if lot else 0.0, 1.0),
            },
        }  # fmt: skip
        for group, names in found.items():
            for name, (value, unit) in names.items():
                if group in state:
                    tally.number(f"{group}.{name}", value, state[group][name], unit)
        chost = kind.auction().chost(kind.params.dust)
        tally.number("chost", chost * RAD, state["chost"], RAY)
        tally.number("sin_vow", market.sin * RAD, state["sin_vow"], one * RAY)
        if "status" in state:
            self.compare_status(state["status"], tally)


def replay_auction(row: Mapping[str, Any], tally: Tally) -> None:
    """Replay an auction."""
    vaults = Vaults(row)
    vaults.compare(row["before"], tally)
    for step in row["steps"]:
        if "before_status" in step:
            vaults.compare_status(step["before_status"], tally)
        receipt = vaults.perform(step)
        tally.operation()
        if receipt is not None and "ok" in step and receipt.ok != step["ok"]:
            tally.mismatch(f"{step['op']}: {receipt.status} ({receipt.reason}), recorded {step['ok']} {step.get('revert', '')}")
        if "state" in step:
            vaults.compare(step["state"], tally)
    tally.same("audit", [str(identity) for identity in vaults.world.audit()], [])


def replay_curve(row: Mapping[str, Any], tally: Tally) -> None:
    """Prices of one curve, as the auction that has it quotes them."""
    from model.liquidation.dutch_auction import DutchAuction, Sale

    given = shape(row["curve"], row["params"])
    rule = DutchAuction(DutchAuction.Params(**given, cusp=0.0, tail=1e9))
    sale = Sale(1.0, 1.0, int(row["top"]) / RAY, 0.0)
    tally.operation()
    for point in row["points"]:
        tally.number(f"price after {point['dur']} s", rule.price(sale, float(point["dur"])) * RAY, point["price"], sale.top)


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``abacus`` or ``auction``."""
    (replay_curve if kind == "abacus" else replay_auction)(row, tally)
