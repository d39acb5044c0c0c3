"""Every recorded curve and auction of Maker Liquidation 2.0."""

import pytest

from model.core.actions import ALL
from model.core.errors import Refused
from model.liquidation import DutchAuction
from model.liquidation.curves import Exponential, Linear, Stairstep
from model.liquidation.dutch_auction import Sale
from tests.liquidation.recorded import Agreement, both, rows

WAD, RAY, RAD = 1e18, 1e27, 1e45
NAMES = {"LinearDecrease": "linear", "StairstepExponentialDecrease": "stairstep", "ExponentialDecrease": "exponential"}
REASONS = {
    "Clipper/needs-reset": "needs_reset",
    "Clipper/too-expensive": "too_expensive",
    "Clipper/no-partial-purchase": "no_partial_purchase",
}


def curve(name, params):
    if name == "LinearDecrease":
        return Linear(float(params["tau"]))
    cut = int(params["cut"]) / RAY
    return Exponential(cut) if name == "ExponentialDecrease" else Stairstep(cut, float(params["step"]))


@both
def test_curves(source):
    agreement = Agreement()
    for row in rows(source, "maker_liq2", "abacus"):
        shape, top = curve(row["curve"], row["params"]), int(row["top"])
        for point in row["points"]:
            # The contract rounds the factor to 1e-27 at each of its multiplications, and the factor multiplies the start price.
            agreement.number(f"{row['id']} {point['dur']}", shape.price(float(top), point["dur"]), point["price"], top / RAY)
    assert agreement.faults == []
    if source == "whole":
        assert agreement.count["numbers"] == 446


class Replay:
    """One recorded auction in tokens; the recorded state is put back after every step, so that each number stands alone."""

    def __init__(self, row, agreement):
        self.row, self.agreement, p = row, agreement, row["params"]
        shape = {key: int(p["curve_params"][key]) / (RAY if key == "cut" else 1) for key in p["curve_params"]}
        self.kind = DutchAuction(
            DutchAuction.Params(
                curve=NAMES[p["curve"]], **shape, buf=int(p["buf"]) / RAY, tail=int(p["tail"]), cusp=int(p["cusp"]) / RAY,
                penalty=int(p["chop_wad"]) / WAD - 1.0, tip=int(p["tip"]) / RAD, chip=int(p["chip"]) / WAD,
            )
        )  # fmt: skip
        self.dust = int(p["dust_rad"]) / RAD
        self.feed, self.now = int(row["setup"]["price1_wad"]) / WAD, float(row["before"]["timestamp"])
        self.state, self.sale = row["before"], None

    def number(self, what, got, recorded, base, unit=1.0):
        self.agreement.number(f"{self.row['id']} {what}", got * base, recorded, unit)

    def gained(self, step, who):
        return int(step["state"]["dai"][who]) - int(self.state["dai"][who])

    def read(self, state):
        self.state, sale = state, state["sale"]
        running = int(sale["top"]) > 0
        self.sale = Sale(int(sale["lot"]) / WAD, int(sale["tab"]) / RAD, int(sale["top"]) / RAY, float(sale["tic"])) if running else None

    def bark(self, step):
        p, urn, dog = self.row["params"], self.state["urn"], self.state["dog"]
        collateral, debt = int(urn["ink"]) / WAD, int(urn["art"]) * int(self.state["ilk"]["rate"]) / RAD
        room = min(int(p["Hole_rad"]) - int(dog["Dirt"]), int(p["hole_rad"]) - int(dog["ilkDirt"])) / RAD
        lot, part = self.kind.portion(collateral, debt, room, self.dust)
        sale, told = self.kind.start(lot, part, self.feed, self.now), step["state"]["sale"]
        # A part is rounded to a unit of normalised debt.
        self.number("lot", sale.lot, told["lot"], WAD, collateral / debt)
        self.number("tab", sale.tab, told["tab"], RAD, 2.0 * RAY)
        self.number("top", sale.top, told["top"], RAY)
        self.number("tip", self.kind.incentive(sale.tab), self.gained(step, "keeper"), RAD, 2.0 * RAY)

    def redo(self, step):
        self.status(step)
        sale = self.kind.reset(self.sale, self.feed, self.now)
        self.number("top", sale.top, step["state"]["sale"]["top"], RAY)
        self.agreement.same(f"{self.row['id']} tic", sale.started, float(step["state"]["sale"]["tic"]))
        given = self.kind.reset_incentive(self.sale, self.feed, self.dust)
        self.number("redo tip", given, self.gained(step, "keeper"), RAD, RAY)

    def status(self, step):
        told = step["before_status"]
        self.number("price", self.kind.price(self.sale, self.now), told["price"], RAY, self.sale.top)
        self.agreement.same(f"{self.row['id']} status", self.kind.needs_reset(self.sale, self.now), told["needsRedo"])

    def take(self, step):
        self.status(step)
        price, most = self.kind.price(self.sale, self.now), int(step["max"]) / RAY
        asked, told = int(step["amt"]), int(step["before_status"]["price"])
        # A limit stated one unit from the price is below what a float can tell; the recorded comparison decides.
        limit = (price if told <= int(step["max"]) else price * (1.0 - 1e-12)) if abs(most / price - 1.0) < 1e-9 else most
        try:
            taken = self.kind.take(self.sale, ALL if asked >= 2**255 else asked / WAD, limit, self.dust, self.now)
        except Refused as refused:
            self.agreement.same(f"{self.row['id']} take", refused.reason, REASONS.get(step.get("revert")))
            self.agreement.count["refused"] += 1
            return
        self.agreement.same(f"{self.row['id']} take settles", step["ok"], True)
        after = step["state"]
        # Owing the tab exactly, the contract rounds the slice: its unit costs the price.
        self.number("owe", taken.owe, -self.gained(step, "bidder"), RAD, RAY)
        self.number("slice", taken.slice, int(after["gem"]["bidder"]) - int(self.state["gem"]["bidder"]), WAD)
        returned = int(after["gem"]["urn_owner"]) - int(self.state["gem"]["urn_owner"])
        self.number("returned", taken.returned, returned, WAD, taken.slice * WAD * 1e-9)
        self.agreement.same(f"{self.row['id']} over", taken.sale is None, int(after["sale"]["top"]) == 0)
        if taken.sale is not None:
            self.number("lot left", taken.sale.lot, after["sale"]["lot"], WAD, self.sale.lot * WAD * 1e-9)
            self.number("tab left", taken.sale.tab, after["sale"]["tab"], RAD, self.sale.tab * RAD * 1e-9)
        self.agreement.count["taken"] += 1

    def run(self):
        for step in self.row["steps"]:
            if step["op"] == "warp":
                self.now += step["dt"]
            elif step["op"] == "price":
                self.feed = int(step["price_wad"]) / WAD
            else:
                getattr(self, step["op"])(step)
                self.agreement.count[step["op"]] += 1
                if step["ok"]:
                    self.read(step["state"])


@both
def test_auctions(source):
    agreement = Agreement()
    for row in rows(source, "maker_liq2", "auction"):
        Replay(row, agreement).run()
    assert agreement.faults == []
    assert agreement.count["taken"] > 0
    if source == "whole":
        assert [agreement.count[name] for name in ("bark", "redo", "taken", "refused")] == [55, 8, 71, 14]


@pytest.mark.parametrize(("mechanism", "error"), [(lambda: Linear(0.0), "never falls"), (lambda: Stairstep(1.0, 60.0), "never falls")])
def test_curves_that_never_fall_are_refused(mechanism, error):
    with pytest.raises(ValueError, match=error):
        mechanism()
