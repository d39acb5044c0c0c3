from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w

from tests.experiments.small import small


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_bytes(tomli_w.dumps(small()).encode())
    return path
