#!/usr/bin/env python3
"""Runs what the documentation shows.

    snippets.py SOURCE SCRATCH

Reads README.md, CONTRIBUTING.md and docs/*.md. What it does with a fenced block:

    sh     commands of dtc's tools run, in one folder a document, on a fixture's model.onnx, plan.yaml and input.npz;
           scripts and files that other commands name must exist
    yaml   is used as a plan, or, when it begins with `# train.yaml`, as a training spec
    mlir   goes through dtc-opt
    json   must parse
    text   after sh: each line must be in what the commands wrote, in order; `…` stands for any words

Comments before a block change this: `<!-- fixture: NAME -->` takes another fixture, `<!-- not run: why -->` leaves the
block out. Indented lines that begin with `dtc-` are commands too. Links to files must lead somewhere.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

BLOCK = re.compile(r"((?:^<!-- .* -->\n)*)^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (dtc-(?:compile|run|opt|interpret) .*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
#: what a command says about an option of the interface that has no code yet
NOT_YET = "is not available yet"


class Document:
    """One file of the documentation, with a folder in which its commands run."""

    def __init__(self, path, source, scratch):
        self.path, self.source, self.folder = path, source, scratch / path.stem
        self.failures, self.counts, self.output, self.is_generated = [], {}, "", False
        self.folder.mkdir(parents=True)

    def fail(self, what, text):
        self.failures.append(what)
        print(f"FAIL {self.path.name}: {what}\n{text}", file=sys.stderr)

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def take_fixture(self, comments):
        """Lays out a fixture under the names that the documentation uses."""
        named = re.search(r"fixture: (\w+)", comments)
        models = self.source / "test" / "Fixtures" / "models"
        for file in (models / (named.group(1) if named else "mlp_pair")).iterdir():
            if file.suffix in (".onnx", ".data", ".npz", ".yaml"):
                shutil.copy(file, self.folder)

    def run(self, command):
        """Runs a command; what it writes is compared with the next text block."""
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.output += done.stdout + done.stderr
        self.count("commands")
        if done.returncode != 0 and NOT_YET not in done.stderr:
            self.fail(f"'{shlex.join(command)}' exited with {done.returncode}", done.stderr)

    def run_line(self, line):
        """One line of a shell block."""
        words = shlex.split(line, comments=True)
        if not words:
            return
        if words[0].startswith("dtc-"):
            self.run(words)
            return
        # What installs, builds or takes long is not run, but what it names is there.
        for word in words:
            if "/" in word and not word.startswith(("-", "build", "/")) and not (self.source / word).exists():
                self.fail(f"'{line}' names '{word}'", "which is not there")
        self.count("lines")

    def run_block(self, comments, language, text):
        if "not run:" in comments:
            self.count("blocks left out")
        elif language == "sh":
            self.take_fixture(comments)
            self.output = ""
            for line in text.replace("\\\n", " ").splitlines():
                self.run_line(line)
        elif language == "yaml":
            self.use_plan(comments, text)
        elif language == "mlir" and not self.is_generated:
            (self.folder / "block.mlir").write_text(text)
            self.run(["dtc-opt", "block.mlir"])
        elif language == "json":
            self.count("json")
            try:
                json.loads(text)
            except ValueError as error:
                self.fail("a json block does not parse", str(error))
        elif language == "text" and self.output:
            self.compare(text)

    def use_plan(self, comments, text):
        """Compiles the fixture with a plan up to the stage that reads it."""
        self.take_fixture(comments)
        if text.startswith("# train.yaml"):
            (self.folder / "train.yaml").write_text(text)
            self.run(["dtc-compile", "model.onnx", "--train", "train.yaml", "--emit", "planned", "-o", "planned.mlir"])
            return
        (self.folder / "plan.yaml").write_text(text)
        self.run(["dtc-compile", "model.onnx", "--plan", "plan.yaml", "--emit", "planned", "-o", "planned.mlir"])

    def compare(self, text):
        """Every line of a text block, in order, in what the last commands wrote."""
        self.count("outputs")
        rest = self.output
        for line in text.splitlines():
            pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
            found = re.search(pattern, rest)
            if not found:
                self.fail(f"expected the line '{line}'", rest)
                return
            rest = rest[found.end():]

    def check_links(self, text):
        for target in LINK.findall(text):
            self.count("links")
            if not (self.path.parent / target).exists():
                self.fail(f"a link leads to '{target}'", "which is not there")

    def check(self):
        text = self.path.read_text()
        # The reference's examples are types and attributes, not programs.
        self.is_generated = text.startswith("<!-- Autogenerated")
        self.check_links(text)
        for comments, language, block in BLOCK.findall(text):
            self.run_block(comments, language, block)
        for line in INDENTED.findall(BLOCK.sub("", text)):
            self.take_fixture("")
            self.run_line(line)


def main():
    source, scratch = pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(sys.argv[2])
    if scratch.exists():
        shutil.rmtree(scratch)
    totals, failures = {}, 0
    for path in [source / "README.md", source / "CONTRIBUTING.md", *sorted((source / "docs").rglob("*.md"))]:
        document = Document(path, source, scratch)
        document.check()
        failures += len(document.failures)
        for kind, count in document.counts.items():
            totals[kind] = totals.get(kind, 0) + count
    print(", ".join(f"{count} {kind}" for kind, count in sorted(totals.items())))
    # A pattern that finds nothing would let everything pass.
    if totals.get("commands", 0) < 10 or totals.get("links", 0) < 5:
        print(f"FAIL expected more commands and links, got {totals}", file=sys.stderr)
        failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
