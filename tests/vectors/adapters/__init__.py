"""Adapters: how the recordings of one protocol are replayed. One module per folder of recordings, and one line below.

An adapter has one function, ``replay(kind, row, tally)``. ``kind`` is the row's ``kind`` (the file's name where it has none), ``row`` the
parsed line, ``tally`` a :class:`tests.vectors.tally.Tally`. It

- builds a fresh world for the row and performs every step through ``Chain.execute(sender, Transaction(...), now)``: the model's verbs,
  never a formula of its own; test tokens are made by ``Ledger.create(..., "outside")``, time moves by ``Clock.advance``, prices are posted
  to a feed;
- compares ``receipt.ok`` with the recorded ``ok`` by ``tally.same`` (state is compared after a refusal too), unless the outcome turns on
  less than the tolerance: then ``tally.skip(reason)`` in place of ``tally.operation()``, and the rest of the row still has to be replayed
  or skipped;
- calls ``tally.operation()`` once per step replayed, before the numbers that come after it are compared;
- compares by ``tally.number(name, found, recorded, unit)``, found in recorded units (base units of the token), every number of the
  read-outs that the model has.

An exception is noted as a mismatch of the row.
"""

from tests.vectors.adapters import (
    aave_v2,
    aave_v3,
    aave_v3_3,
    compound_v2,
    liquity_v1,
    maker_liq2,
    morpho_blue,
    stableswap_saddle,
    uniswap_v2,
)

ADAPTERS = {
    "aave_v2": aave_v2,
    "aave_v3": aave_v3,
    "aave_v3_3": aave_v3_3,
    "compound_v2": compound_v2,
    "liquity_v1": liquity_v1,
    "maker_liq2": maker_liq2,
    "morpho_blue": morpho_blue,
    "stableswap_saddle": stableswap_saddle,
    "uniswap_v2": uniswap_v2,
}
