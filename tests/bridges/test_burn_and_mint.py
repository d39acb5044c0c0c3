from model.bridges import BurnAndMint
from tests.bridges.stage import Stage


def test_what_is_minted_was_burned():
    stage = Stage((BurnAndMint, {"fee": 0.001}))
    assert stage.send("alice", 100.0, "home", "left").results == (99.9,)
    assert stage.ledgers["home"].supply("tok") == 1_900.1
    stage.wait(60)
    assert stage.held("alice", "left") == 99.9
    assert dict(stage.bridge.minted) == {"home": -99.9, "left": 99.9, "right": 0.0}


def test_an_unbacked_mint_is_declared_and_a_drain_is_impossible():
    stage = Stage((BurnAndMint, {}))
    stage.bridge.mint_unbacked("right", 70.0, stage.people["thief"])
    assert stage.bridge.hole == 70.0
    assert stage.send("thief", 70.0, "right", "home").ok
    stage.wait(60)
    assert stage.held("thief", "home") == 70.0
    assert stage.world.audit() == []
    stage.bridge.hole = 0.0
    assert [identity.place for identity in stage.world.audit()] == ["bridge.bridge0 minted"]
