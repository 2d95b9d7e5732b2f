"""What the tests take of ``examples/demo``."""

from __future__ import annotations

import sys
from pathlib import Path

DEMO = Path(__file__).parents[4] / "examples" / "demo"
sys.path.append(str(DEMO))

from messages_api import LocalApi, MessagesApi, results, words

__all__ = ["DEMO", "LocalApi", "MessagesApi", "results", "words"]
