"""Adapters: one module for each agent framework, and none of them imported until it is asked for.

``callguard.adapters.langchain``, ``.openai_agents``, ``.agno``, ``.semantic_kernel``, ``.crewai`` and
``.claude_agent_sdk``. Each has a guard for the framework's own hook, ``guard_tool`` for one tool, and
``coverage(agent, guard)``.

>>> from callguard import Principal
>>> with calling(principal=Principal("ann"), session_id="s1"):
...     pass  # calls made here are Ann's, where the framework's context does not say whose they are
"""

from __future__ import annotations

from callguard.adapters._common import Identity, calling
from callguard.adapters._coverage import Coverage, ToolCoverage

__all__ = ["Coverage", "Identity", "ToolCoverage", "calling"]
