"""The notebooks: committed without outputs, each opening with a question, saying what is simulated.

That each runs from top to bottom is a test of its own: `notebooks` is one of pytest's test paths.
"""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_committed_clean_and_opens_with_its_question(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    first = "".join(cells[0]["source"]).splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith("?")
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code[0].startswith("# Parameters")
    assert "assert" in code[-1], "its last cell answers, and says what a reader may rely on"
    assert cells[-1]["cell_type"] == "code"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_what_a_notebook_asserts_is_a_sentence_and_its_functions_are_short(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assert):
            assert isinstance(node.msg, ast.Constant), f"line says nothing: {ast.unparse(node)}"
            assert len(str(node.msg.value).split()) > 2
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno <= 5, f"{node.name} belongs to the package"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_says_what_in_it_is_simulated_or_offline(path: Path) -> None:
    words = path.read_text(encoding="utf-8").lower()
    assert re.search(r"offline( \w+)? \(extractive, not an llm\)|simulated", words)
