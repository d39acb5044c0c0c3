"""The drawing of a world: each chain a band, bridges between them, every line in the legend."""

from __future__ import annotations

import pytest

from experiments.figures.network import draw_world, layout
from model.network import network_of
from tests.network.village import Village


@pytest.fixture(scope="module")
def village():
    return Village()


def test_every_chain_is_a_band_with_its_own_tokens(village):
    graph = network_of(village.world, holders=False)
    shown = graph.subgraph([node for node, data in graph.nodes(data=True) if data["type"] != "chain"])
    places, bands = layout(shown, ["home", "away"])
    for node, chain in (("token:eth", "home"), ("claim:eth@away", "away"), ("market:pair", "home"), ("feed:rate_a", "away")):
        low, high = bands[chain]
        assert low < places[node][1] < high, node
    for bridge in ("lane", "gate", "fast"):
        assert bands["away"][1] < places[f"bridge:{bridge}"][1] < bands["home"][0]
    assert len(set(places.values())) == len(places)


def test_the_legend_names_every_kind_of_node_and_line(village):
    figure = draw_world(village.world)
    assert figure is not None
    said = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert said == {"venue", "token", "claim", "bridge", "market", "feed", "holds", "stands on", "issued by", "priced by, reads"}
    labels = {text.get_text() for text in figure.axes[0].texts}
    assert {"home", "away", "eth", "eth@away", "steth_a", "gate"} <= labels
