"""Which adapters are tried: ``--adapter NAME``, in an environment that has the framework."""

from __future__ import annotations

from importlib import import_module

import pytest

# What the environment lacks cannot be collected; the properties run where `--adapter` names what is there.
collect_ignore = ["drivers", *(f"test_{name}.py" for name in ("bench", "conformance", "demo", "guides", "installing"))]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--adapter", action="append", default=[], metavar="NAME", help="try this adapter")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "modes(*names): the property is about these ways to run an agent")
    config.addinivalue_line("markers", "only(*names): it is about these adapters")
    if config.getoption("--adapter"):
        collect_ignore.clear()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "adapter" in metafunc.fixturenames:
        metafunc.parametrize("adapter", metafunc.config.getoption("--adapter"))
    if "driver" not in metafunc.fixturenames:
        return
    wanted = metafunc.definition.get_closest_marker("modes")
    cells = []
    for name in metafunc.config.getoption("--adapter"):
        module = import_module(f"adapters.drivers.{name}")
        driver = module.DRIVER
        for mode in driver.modes:
            if wanted is None or mode in wanted.args:
                why = module.IMPOSSIBLE.get(f"{metafunc.definition.originalname}[{mode}]")
                why = why or module.IMPOSSIBLE.get(metafunc.definition.originalname)
                # Strict: what a framework has learned since must not be called impossible.
                marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
                cells.append(pytest.param(driver, mode, marks=marks, id=f"{name}-{mode}"))
    metafunc.parametrize(("driver", "mode"), cells)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def wanted(item: pytest.Item) -> bool:
        only = item.get_closest_marker("only")
        return only is None or (isinstance(item, pytest.Function) and item.callspec.params["adapter"] in only.args)

    items[:] = [item for item in items if wanted(item)]
