"""Which adapter holds to which property: ``python -m adapters.matrix`` writes it to ``docs/reference/adapters.md``.

Read from the sources: the properties are the functions of the suite, the reasons stand in the drivers. What the page
says is so because the suite fails where it is not: a cell that is called impossible and holds fails it as well.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parents[3] / "docs" / "reference" / "adapters.md"
BEGIN, END = "<!-- generated: python -m adapters.matrix -->\n", "<!-- end -->\n"


def properties() -> list[tuple[str, str, set[str]]]:
    """Each property: its function, its sentence, and the ways to run an agent that it is about (none: all)."""
    tree = ast.parse((HERE / "test_conformance.py").read_text())
    found = []
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            sentence = " ".join((ast.get_docstring(function) or "").replace("``", "`").split())
            found.append((function.name, sentence, _modes(function)))
    return found


def _modes(function: ast.FunctionDef) -> set[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.modes":
            return {ast.literal_eval(argument) for argument in decorator.args}
    return set()


def drivers() -> dict[str, dict[str, Any]]:
    """Of each driver: its ``modes``, and what it calls impossible or notes."""
    found = {}
    for path in sorted((HERE / "drivers").glob("[!_]*.py")):
        tree = ast.parse(path.read_text())
        said = {
            "about": (ast.get_docstring(tree) or "").splitlines()[0],
            "modes": ("sync", "async", "stream", "astream"),
        }
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            name = targets[0].id if targets and isinstance(targets[0], ast.Name) else ""
            if name in ("IMPOSSIBLE", "NOTES", "modes"):
                said[name] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
        found[path.stem] = said
    return found


def table() -> str:
    """The matrix and its notes, as Markdown."""
    adapters, notes = drivers(), []
    head = "| | " + " | ".join(f"`{name}`" for name in adapters) + " |\n|---|" + "---|" * len(adapters) + "\n"
    ways = "| ways to run | " + " | ".join(", ".join(said["modes"]) for said in adapters.values()) + " |\n"
    rows = []
    for name, sentence, modes in properties():
        cells = []
        for said in adapters.values():
            reasons = [why for key, why in said.get("IMPOSSIBLE", {}).items() if key.partition("[")[0] == name]
            remarks = [why for key, why in said.get("NOTES", {}).items() if key == name]
            applies = not modes or modes & set(said["modes"])
            cell = "n/a" if not applies else ("no" if reasons else "yes")
            for why in reasons + remarks:
                notes.append(why)
                cell += f" [{len(notes)}]"
            cells.append(cell)
        rows.append(f"| {sentence} | " + " | ".join(cells) + " |\n")
    listed = "".join(f"{place}. {why}\n" for place, why in enumerate(notes, 1))
    return head + ways + "".join(rows) + "\n" + listed


def page() -> str:
    """The page with the matrix of today in it."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(page())
