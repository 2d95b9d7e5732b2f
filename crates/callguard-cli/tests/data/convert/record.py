"""Records what CallGuard 0.3 and Edictum answer, for `tests/convert.rs`.

Runs the tests of a package with its own engine, and writes down each guard that is made of YAML, each call that it is
asked about and each answer; then the calls of `calls.json` against each template and each bundle among the fixtures.

    python -m venv v && v/bin/pip install 'edictum[yaml,dev]==0.19.0'
    v/bin/pip download --no-deps --no-binary edictum edictum==0.19.0 && tar xzf edictum-0.19.0.tar.gz
    v/bin/python record.py edictum edictum-0.19.0 edictum-0.19.0.jsonl
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import importlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: What makes a guard answer otherwise than its YAML says.
ALTERS = {"mode", "tools", "custom_operators", "custom_selectors", "success_check", "workflow_path", "workflow_content"}
CURRENT: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("current", default=None)


class Recorder:
    """Bundles by their text, each with its sessions, each a list of calls."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.bundles: dict[str, dict[Any, list[dict[str, Any]]]] = {}
        self.guards: dict[int, tuple[Any, str, str]] = {}
        self.folder = str(Path.cwd())
        module = importlib.import_module(package)
        self.guard = getattr(module, "Edictum", None) or module.CallGuard
        pipeline = importlib.import_module(f"{package}.pipeline")
        self.pipeline = getattr(pipeline, "CheckPipeline", None) or pipeline.GovernancePipeline

    def install(self) -> None:
        for name in ("from_yaml", "from_yaml_string"):
            if hasattr(self.guard, name):
                self.watch_factory(name)
        self.watch_run()
        self.watch_pipeline()
        if hasattr(self.guard, "evaluate"):
            self.watch_evaluate()

    def watch_factory(self, name: str) -> None:
        original = getattr(self.guard, name).__func__

        def made(cls: Any, *sources: Any, **options: Any) -> Any:
            guard = original(cls, *sources, **options)
            altered = any(options.get(key) is not None for key in ALTERS)
            if isinstance(guard, self.guard) and len(sources) == 1 and not altered:
                self.guards[id(guard)] = (guard, text_of(name, sources[0]), guard.policy_version)
            return guard

        setattr(self.guard, name, classmethod(made))

    def watch_run(self) -> None:
        original = self.guard.run

        async def run(guard: Any, tool: str, args: dict[str, Any], *rest: Any, **options: Any) -> Any:
            call: dict[str, Any] = {}
            token = CURRENT.set(call)
            try:
                return await original(guard, tool, args, *rest, **options)
            finally:
                CURRENT.reset(token)
                if id(guard) in self.guards and call.get("answer"):
                    if guard.mode == "observe":
                        call["answer"] = "allow"
                    self.take(guard, (id(guard), options.get("session_id")), call)

        self.guard.run = run

    def watch_pipeline(self) -> None:
        before, after = self.pipeline.pre_execute, self.pipeline.post_execute

        async def pre_execute(pipeline: Any, envelope: Any, session: Any) -> Any:
            decision = await before(pipeline, envelope, session)
            call = CURRENT.get()
            if call is not None and "answer" not in call:
                call.update(described(envelope))
                call["answer"] = {"pending_approval": "ask", "block": "deny"}.get(decision.action, decision.action)
                call["by"] = decision.decision_name
            return decision

        async def post_execute(pipeline: Any, envelope: Any, response: Any, success: bool) -> Any:
            decision = await after(pipeline, envelope, response, success)
            call = CURRENT.get()
            if call is not None:
                call["ran"] = True
                call["success"] = success
                if response is None or isinstance(response, str):
                    call["result"] = response
                    call["after"] = failed(decision.contracts_evaluated)
                    call["shown"] = getattr(decision, "redacted_response", None)
            return decision

        self.pipeline.pre_execute, self.pipeline.post_execute = pre_execute, post_execute

    def watch_evaluate(self) -> None:
        original = self.guard.evaluate

        def evaluate(guard: Any, tool: str, args: dict[str, Any], **options: Any) -> Any:
            result = original(guard, tool, args, **options)
            if id(guard) in self.guards:
                environment = options.get("environment") or guard.environment
                call = {"tool": tool, "args": args, "environment": environment, **who(options.get("principal"))}
                rules = getattr(result, "rules", None) or getattr(result, "contracts", [])
                name = lambda rule: getattr(rule, "rule_id", None) or rule.contract_id
                kind = lambda rule: getattr(rule, "rule_type", None) or rule.contract_type
                bad = [rule for rule in rules if not rule.passed and not rule.observed]
                before = [name(rule) for rule in bad if kind(rule) != "postcondition"]
                call |= {"answer": self.effect(guard, before[0]) if before else "allow", "by": (before or [None])[0]}
                if (output := options.get("output")) is not None and not before:
                    after = [name(rule) for rule in bad if kind(rule) == "postcondition"]
                    call |= {"ran": True, "success": True, "result": output, "after": sorted(after)}
                self.take(guard, object(), call)
            return result

        self.guard.evaluate = evaluate

    def effect(self, guard: Any, rule_id: str) -> str:
        """Whether a rule asks or denies, which a dry run does not say."""
        import yaml

        bundle = yaml.safe_load(self.guards[id(guard)][1])
        rules = bundle.get("rules") or bundle.get("contracts") or []
        rule = next(rule for rule in rules if rule["id"] == rule_id)
        then = rule.get("then", {})
        word = then.get("action") or then.get("effect") or rule.get("outside")
        return "ask" if word in ("ask", "approve") else "deny"

    def take(self, guard: Any, session: Any, call: dict[str, Any]) -> None:
        _, text, version = self.guards[id(guard)]
        # Rules that were loaded again are another bundle.
        if guard.policy_version != version:
            return
        if facts := {fact(name): coerced(os.environ[name]) for name in read_from_environment(text)}:
            call["facts"] = facts
        call = {key: value for key, value in call.items() if value not in (None, {}, [])}
        try:
            written = json.dumps([text, call])
        except (TypeError, ValueError):
            return
        # Links, folders of the test's own; arguments that are refused here before a policy is asked.
        if "pytest-" in written or "/tmp/tmp" in written or self.folder in written or depth(call) > 64:
            return
        self.bundles.setdefault(text, {}).setdefault(session, []).append(call)

    async def try_calls(self, text: str, calls: list[dict[str, Any]]) -> None:
        """Asks a bundle about calls, each in a session of its own."""
        path = Path(tempfile.mkdtemp()) / "bundle.yaml"
        path.write_text(text, encoding="utf-8")
        principal_type = importlib.import_module(f"{self.package}.envelope").Principal
        for number, call in enumerate(calls):
            guard = self.guard.from_yaml(path, audit_sink=Silent())
            principal = principal_type(**call["principal"]) if "principal" in call else None
            for _ in range(call.get("times", 1)):
                with contextlib.suppress(Exception):
                    await guard.run(
                        call["tool"],
                        call["args"],
                        lambda result=call.get("result"), **_: result,
                        session_id=f"s{number}",
                        environment=call.get("environment", "production"),
                        principal=principal,
                    )

    def write(self, place: Path) -> None:
        with place.open("w", encoding="utf-8") as out:
            for text, sessions in self.bundles.items():
                known = sorted({json.dumps(merged(calls), ensure_ascii=False) for calls in sessions.values()})
                line = {"bundle": text, "sessions": [json.loads(calls) for calls in known]}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


class Silent:
    """An audit that goes nowhere."""

    async def emit(self, event: Any) -> None:
        del event


def text_of(factory: str, source: Any) -> str:
    if factory == "from_yaml":
        return Path(source).read_text(encoding="utf-8")
    return source.decode() if isinstance(source, bytes) else source


def described(envelope: Any) -> dict[str, Any]:
    call = {"tool": envelope.tool_name, "args": envelope.args, "environment": envelope.environment}
    return call | who(envelope.principal) | {"metadata": envelope.metadata}


def who(principal: Any) -> dict[str, Any]:
    if principal is None:
        return {}
    return {"principal": {key: value for key, value in dataclasses.asdict(principal).items() if value not in (None, {})}}


def failed(evaluated: list[dict[str, Any]]) -> list[str]:
    return sorted(rule["name"] for rule in evaluated if not rule["passed"] and not rule.get("observed"))


def depth(value: Any) -> int:
    """How deep lists and objects are nested."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if within is None else 1 + max(map(depth, within), default=0)


def read_from_environment(text: str) -> list[str]:
    return [name for name in re.findall(r"\benv\.(\w+):", text) if name in os.environ]


def fact(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", f"env_{name.lower()}")


def coerced(raw: str) -> Any:
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return number(raw)
    return raw


def merged(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls that are answered alike one after the other are one, so many times."""
    out: list[dict[str, Any]] = []
    for call in calls:
        if out and {key: value for key, value in out[-1].items() if key != "times"} == call:
            out[-1]["times"] = out[-1].get("times", 1) + 1
        else:
            out.append(dict(call))
    return out


def bundles(package: str, tests: Path) -> list[str]:
    """The templates of the package, and the fixtures of its tests that load."""
    installed = Path(str(importlib.import_module(package).__file__)).parent
    found = [*installed.glob("yaml_engine/templates/*.yaml"), *tests.glob("**/fixtures/*.yaml")]
    load = importlib.import_module(f"{package}.yaml_engine.loader").load_bundle
    texts = []
    for path in sorted(found):
        with contextlib.suppress(Exception):
            load(path)
            texts.append(path.read_text(encoding="utf-8"))
    return texts


def main(package: str, folder: str, output: str) -> None:
    place = Path(output).resolve()
    calls = json.loads((HERE / "calls.json").read_text(encoding="utf-8"))
    os.chdir(folder)
    recorder = Recorder(package)
    recorder.install()
    import pytest

    pytest.main(["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", "tests"])
    texts = bundles(package, Path("tests").resolve())
    # Where relative paths start: not within what a sandbox of theirs allows.
    os.chdir("/")
    for text in texts:
        asyncio.run(recorder.try_calls(text, calls))
    recorder.write(place)


if __name__ == "__main__":
    main(*sys.argv[1:4])
