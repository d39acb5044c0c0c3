"""The command that fits the reference book to quotes."""

import numpy as np

from experiments.cli import call


def test_it_finds_the_depth_that_made_the_quotes(tmp_path, capsys):
    path = tmp_path / "quotes.csv"
    sizes = np.linspace(1.0, 400.0, 40)
    lines = [f"WETH,USDC,{size},{1e3 * size},{0.0005 + 0.5 * size * 1e-5}" for size in sizes]
    path.write_text("\n".join(["token_in,token_out,amount_in,amount_out,price_impact", *lines]))
    assert call(["depth", str(path), "--for", "USDC"]) == 0
    said = capsys.readouterr().out
    assert "WETH" in said
    assert "linear" in said


def test_what_are_no_quotes(tmp_path, capsys):
    path = tmp_path / "quotes.csv"
    path.write_text("a,b\n1,2\n")
    assert call(["depth", str(path)]) == 2
    assert "token_in" in capsys.readouterr().err
    assert call(["depth", str(tmp_path / "none.csv")]) == 2
