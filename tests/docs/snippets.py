"""Runs what the documentation shows: `snippets.py --python ENVIRONMENT [--node-modules DIRECTORY] [--write] [PAGE …]`.

The blocks of a page run in order, in a folder and a home of its own, with the wheel's `callguard` in front of `PATH`:

- `yaml`: is valid. A `title` names its file. Of `apiVersion: callguard/v1` a Policy loads without a warning and the
  tests of a PolicyTest pass, and a Gateway is valid; with `fails` they must not. `yaml preconditions` (or another key of `spec`) is wrapped
  into a policy.
- `console`: what stands behind `$ ` gives what stands below, on either stream. `…` is anything on a line, alone any
  lines.
- `python`: runs, unless it has a `title` that a later console block runs.
- `json`, `jsonl`: is valid, and is written where a `title` says. `text` with a `title` is written.
- `sh`: fetches what a test must not fetch: nothing but the commands of `FETCHES`.

`--write` puts what a command gives in the place of what is shown, to be read before it is committed.
Without a page all are followed, and each block of `wrong.md` must be found wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "docs/index.md",
    "docs/reference/cli.md",
    *(f"docs/{part}/**/*.md" for part in ("tutorials", "how-to", "explanation", "compliance")),
]
FETCHES = (
    "docker ",
    "pip install ",
    "pipx install ",
    "uvx ",
    "cargo install ",
    "git clone ",
    "cd callguard",
    "cargo run ",
    "cargo xtask ",
    "claude mcp add ",
)
OTHERS = {"rego", "text", "toml", "diff"}
WRONG = ROOT / "tests" / "docs" / "wrong.md"
SECTIONS = {"preconditions", "postconditions", "session"}
SECONDS = 60


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    words: frozenset[str]
    title: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    shown: str
    command: str
    output: str


class Wrong(Exception):
    """What a page shows is not so."""


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page; one in a list or a tab is indented."""
    opening: re.Match[str] | None = None
    start, text = 0, []
    for number, line in enumerate(page.read_text().split("\n"), 1):
        if opening is None:
            opening = re.match(r"^(\s*)(`{3,})([\w.+-]*)[ \t]*(.*)$", line)
            start, text = number, []
        elif line.strip() == opening[2]:
            title = re.search(r"title=\"([^\"]*)\"", opening[4])
            words = re.sub(r"\S+=\"[^\"]*\"", "", opening[4]).split()
            indent = len(opening[1])
            body = "".join(shown[indent:] + "\n" for shown in text)
            yield Block(page, start, opening[3], frozenset(words), title[1] if title else None, body)
            opening = None
        else:
            text.append(line)
    if opening is not None:
        raise Wrong(f"{page}:{start}: a block that does not end")


class Reader:
    """Someone who follows a page."""

    def __init__(self, folder: Path, python: Path, node_modules: Path | None, write: bool) -> None:
        self.rewritten: dict[Block, str] | None = {} if write else None
        self.project, self.home = folder / "project", folder / "home"
        programs = folder / "programs"
        for place in (self.project, self.home, programs):
            place.mkdir()
        if node_modules:
            npx(programs / "npx", node_modules)
        self.environment = {
            "PATH": os.pathsep.join([str(programs), str(python / "bin"), os.environ["PATH"]]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "100",
            "LLVM_PROFILE_FILE": os.environ.get("LLVM_PROFILE_FILE", os.devnull),
        }

    def follow(self, page: Path) -> None:
        found = list(blocks(page))
        commands = "\n".join(block.text for block in found if block.language == "console")
        for block in found:
            self.show(block, commands)
        if self.rewritten:
            rewrite(page, self.rewritten)

    def show(self, block: Block, commands: str) -> None:
        match block.language:
            case "yaml":
                self.document(block, commands)
            case "console":
                self.session(block)
            case "python":
                self.script(block, commands)
            case "json" | "jsonl":
                for line in [block.text] if block.language == "json" else block.text.splitlines():
                    json.loads(line)
                self.write(block)
            case "sh":
                fetches(block)
            case language if language in OTHERS:
                self.write(block)
            case language:
                raise Wrong(f"{block}: nothing runs a block of `{language}`")

    def write(self, block: Block, text: str | None = None) -> Path:
        path = self.project / (block.title or f"block-{block.line}.{block.language}")
        if block.title or text is not None or block.language in ("yaml", "python"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text if text is None else text)
        return path

    def document(self, block: Block, commands: str) -> None:
        section = block.words & SECTIONS
        path = self.write(block, wrapped(block, section) if section else None)
        documents = [part for part in yaml.safe_load_all(path.read_text()) if isinstance(part, dict)]
        ours = [part for part in documents if part.get("apiVersion") == "callguard/v1"]
        if not ours:
            if not block.title:
                raise Wrong(f"{block}: neither a document nor a file: give it a title")
            return
        kinds = {part["kind"] for part in ours}
        command = "test" if "PolicyTest" in kinds else "gateway validate" if "Gateway" in kinds else "validate"
        if command == "test" and f"callguard test {block.title}" in commands:
            return
        done = self.run(f"callguard {command} {path}")
        if (done.returncode != 0) != ("fails" in block.words):
            raise Wrong(f"{block}: {'loads' if done.returncode == 0 else 'does not load'}\n{done.stdout}")
        if "fails" not in block.words and "warning[" in done.stdout:
            raise Wrong(f"{block}: loads with a warning\n{done.stdout}")

    def script(self, block: Block, commands: str) -> None:
        path = self.write(block)
        if block.title and block.title in commands:
            compile(block.text, str(path), "exec")
            return
        done = self.run(f"python {path}")
        if done.returncode:
            raise Wrong(f"{block}: fails\n{done.stdout}")

    def session(self, block: Block) -> None:
        shown = list(commands_of(block))
        mark = "--- mark 5f1c ---"
        script = [f"{each.command}\nstatus=$?\nprintf '\\n{mark}\\n'\n(exit $status)" for each in shown]
        text = self.run("\n".join(script)).stdout
        text = text.replace(str(self.project), "/home/me/project").replace(str(self.home), "/home/me")
        outputs = ["\n".join(map(str.rstrip, part.split("\n"))).strip("\n") for part in text.split(f"\n{mark}\n")]
        pairs = list(zip(shown, outputs, strict=False))
        wrong = [(each, output) for each, output in pairs if not re.fullmatch(pattern(each.output), output)]
        if wrong and self.rewritten is not None:
            self.rewritten[block] = "\n".join(f"{each.shown}\n{output}".rstrip("\n") for each, output in pairs)
        elif wrong:
            each, output = wrong[0]
            raise Wrong(f"{block}: `{each.command}` gives\n{output}\n--- and not\n{each.output}")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def rewrite(page: Path, texts: dict[Block, str]) -> None:
    """Shows what commands gave."""
    lines = page.read_text().split("\n")
    for block, text in sorted(texts.items(), key=lambda each: -each[0].line):
        indent = re.match(r"\s*", lines[block.line - 1])[0]  # type: ignore[index]
        end = block.line + len(block.text.splitlines())
        lines[block.line : end] = [f"{indent}{line}".rstrip() for line in text.splitlines()]
    page.write_text("\n".join(lines))


def npx(program: Path, node_modules: Path) -> None:
    """Runs packages that are installed already, as `npx -y` would once it has fetched them."""
    server = node_modules / "@modelcontextprotocol/server-filesystem/dist/index.js"
    program.write_text(
        '#!/bin/sh\n[ "$1" = -y ] && shift\ncase "$1" in\n'
        f"@modelcontextprotocol/server-filesystem) shift; exec node '{server}' \"$@\";;\n"
        '*) echo "npx: $1 is not among the packages of tests/mcp" >&2; exit 1;;\nesac\n'
    )
    program.chmod(0o755)


def wrapped(block: Block, section: frozenset[str]) -> str:
    """Contracts as a policy of their own."""
    indented = "".join(f"    {line}\n" if line else "\n" for line in block.text.splitlines())
    head = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: fragment }\nspec:\n"
    return f"{head}  {next(iter(section))}:\n{indented}"


def fetches(block: Block) -> None:
    lines = re.sub(r"\\\n\s*", "", block.text).splitlines()
    for line in filter(None, (line.partition(" #")[0].strip() for line in lines)):
        if not line.startswith(FETCHES):
            raise Wrong(f"{block}: `{line}` fetches nothing: show it as `console`, with what it gives")


def commands_of(block: Block) -> list[Command]:
    """Commands and what is shown of their output. A command goes on behind a `\\` and in lines that start with `> `."""
    commands: list[tuple[list[str], list[str]]] = []
    for line in block.text.splitlines():
        given, output = commands[-1] if commands else ([], [])
        if line.startswith("$ "):
            commands.append(([line], []))
        elif not given:
            raise Wrong(f"{block}: a console block starts with `$ `")
        elif not output and (given[-1].endswith("\\") or line.startswith("> ")):
            given.append(line)
        else:
            output.append(line)
    if not commands:
        raise Wrong(f"{block}: a console block without a command")
    return [
        Command("\n".join(given), "\n".join(re.sub(r"^[$>] ", "", line) for line in given), "\n".join(output))
        for given, output in commands
    ]


def pattern(expected: str) -> str:
    lines = expected.strip("\n").split("\n")
    parts = [r"(?:[^\n]*(?:\n|\Z))*?" if line.strip() == "…" else one_line(line) + r"(?:\n|\Z)" for line in lines]
    return "".join(parts)


def one_line(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("…"))


def finding(block_or_page: Block | Path, python: Path, node_modules: Path | None, write: bool) -> str:
    """What does not hold of a page, or of a block by itself; nothing where all of it does."""
    with tempfile.TemporaryDirectory(prefix="callguard-docs-") as folder:
        try:
            reader = Reader(Path(folder).resolve(), python, node_modules, write)
            reader.follow(block_or_page) if isinstance(block_or_page, Path) else reader.show(block_or_page, "")
        except Wrong as error:
            return str(error)
        except (yaml.YAMLError, json.JSONDecodeError, subprocess.TimeoutExpired, SyntaxError) as error:
            return f"{block_or_page}: {error}"
    return ""


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--python", type=Path, required=True, help="environment with the wheel")
    arguments.add_argument("--node-modules", type=Path, help="of tests/mcp")
    arguments.add_argument("--write", action="store_true", help="show what commands give")
    arguments.add_argument("pages", type=Path, nargs="*")
    given = arguments.parse_args()
    pages = [page.resolve() for page in given.pages] or sorted(page for part in PAGES for page in ROOT.glob(part))
    must_fail = [] if given.pages else list(blocks(WRONG))
    with ThreadPoolExecutor(max_workers=2) as workers:

        def found(each: Block | Path) -> str:
            return finding(each, given.python.absolute(), given.node_modules, given.write)

        wrong = list(filter(None, workers.map(found, pages)))
        missed = [block for block, finding in zip(must_fail, workers.map(found, must_fail), strict=True) if not finding]
    wrong += [f"{block}: is wrong, and nothing was found" for block in missed]
    count = sum(len(list(blocks(page))) for page in pages)
    print("\n\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    print(f"{count} blocks of {len(pages)} pages, {len(must_fail)} that must not hold: {len(wrong)} findings")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
