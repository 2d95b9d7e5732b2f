"""What is measured of an adapter is measured: every call runs, in each of the three ways."""

from __future__ import annotations

import importlib.util
from pathlib import Path

BENCH = Path(__file__).parents[2] / "benches" / "adapters.py"


def test_an_adapter_is_measured(adapter: str) -> None:
    spec = importlib.util.spec_from_file_location("bench_adapters", BENCH)
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)

    said = bench.measured(adapter, 1)

    assert said["turns"] == bench.TURNS - 2
    for clock in ("wall", "cpu"):
        assert all(0 < said[clock][way]["median"] <= said[clock][way]["p99"] for way in ("bare", "idle", "guarded"))
