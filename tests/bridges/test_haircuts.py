import pytest

from model.bridges.haircuts import haircuts

FORMS = {"left": 60.0, "right": 40.0}


def test_spread_over_all_or_over_the_bridged_alone():
    spread = haircuts("spread", 20.0, 300.0, FORMS)
    assert (spread.home, spread.forms) == (0.05, {"left": 0.05, "right": 0.05})
    bridged = haircuts("bridged", 20.0, 300.0, FORMS)
    assert (bridged.home, bridged.forms) == (0.0, {"left": 0.2, "right": 0.2})


def test_one_chain_first_and_the_others_for_what_exceeds_it():
    assert haircuts("chain", 20.0, 300.0, FORMS, chain="right").forms == {"left": 0.0, "right": 0.5}
    assert haircuts("chain", 70.0, 300.0, FORMS, chain="right").forms == {"left": 0.5, "right": 1.0}


def test_the_insurer_before_the_holders():
    found = haircuts("insured", 20.0, 300.0, FORMS, cover=15.0)
    assert (found.insured, found.forms["left"]) == (15.0, pytest.approx(0.05))


@pytest.mark.parametrize("rule", ["spread", "bridged", "chain", "insured"])
def test_every_rule_takes_the_whole_hole(rule):
    found = haircuts(rule, 30.0, 300.0, FORMS, cover=7.0, chain="left")
    borne = found.home * 300.0 + sum(found.forms[chain] * amount for chain, amount in FORMS.items()) + found.insured
    assert borne == pytest.approx(30.0)
