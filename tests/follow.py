# SPDX-License-Identifier: GPL-2.0-only
"""Follow a page of docs/ to the letter, in a copy of the tree.

A page docs/add-a-X.rst has its commands in blocks named add-a-X-STEP.
docs/contributing.rst says how many files that touches.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

CONTRIBUTING = pathlib.Path("docs/contributing.rst")
# What knows where the tree is, and must be compiled again in a copy.
PLACED = ("src/cmd/common.o", "src/lib/template.o")


# What "make" hands on to a make in the copy, which is one by itself.
OWN = {key: value for key, value in os.environ.items()
       if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "O")}


class Walk:
    """What "add-a-X.py BUILD [--tests]" does: BUILD is what is built already, and
    --tests runs the suites in the copy, too."""

    def __init__(self, name, steps, files, suites):
        parser = argparse.ArgumentParser(description=f"Follow docs/{name}.rst.")
        parser.add_argument("build", type=pathlib.Path)
        parser.add_argument("--tests", action="store_true")
        self.args = parser.parse_args()
        self.name, self.page, self.files = name, f"docs/{name}.rst", files
        self.suites = suites
        self.code = self.blocks()
        self.expect(tuple(self.code) == steps, f"other blocks than expected: {list(self.code)}")
        self.stated()

    def expect(self, condition, what):
        if not condition:
            sys.exit(f"{self.page}: {what}")

    def blocks(self):
        block = re.compile(rf"^\.\. code-block:: sh\n   :name: {self.name}-(\w+)\n\n"
                           r"((?:   .*\n|\n)+)", re.MULTILINE)
        text = pathlib.Path(self.page).read_text(encoding="utf-8")
        return {name: textwrap.dedent(code) for name, code in block.findall(text)}

    def stated(self):
        """The page for people says of how many files."""
        row = re.search(rf"^:doc:`{self.name}` +(\d+) ", CONTRIBUTING.read_text(encoding="utf-8"),
                        re.MULTILINE)
        self.expect(row, f"{CONTRIBUTING} does not list it")
        self.expect(int(row[1]) == len(self.files),
                    f"{CONTRIBUTING} says {row[1]} files, and they are {len(self.files)}")

    def ours(self):
        """What git knows. A release has no git: then all but what was built."""
        listed = subprocess.run("git ls-files -zco --exclude-standard", shell=True, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        if listed.stdout:
            return listed.stdout.split("\0")
        built = {".git", "build", str(self.args.build)}
        return [str(path) for path in pathlib.Path(".").rglob("*") if path.parts[0] not in built]

    def copy(self, root):
        self.was = {}
        for name in filter(os.path.isfile, self.ours()):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, root / name)
            self.was[name] = (root / name).read_bytes()
        for part in ("src", "tests"):
            if (self.args.build / part).is_dir():
                shutil.copytree(self.args.build / part, root / "build" / part,
                                copy_function=shutil.copy2)
        for name in PLACED:
            (root / "build" / name).unlink(missing_ok=True)

    def run(self, code, root, status=0):
        # As "make" ran for what is built already.
        code = re.sub(r"^make$", f"make -j2 {os.environ.get('MAKE_WORDS', '')}", code, flags=re.M)
        done = subprocess.run(["sh", "-e", "-c", code], cwd=root, text=True, check=False, env=OWN,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        same = done.returncode == status or (status is None and done.returncode)
        self.expect(same, f"exit status {done.returncode} from\n{code}{done.stdout}")
        self.expect(": warning: " not in done.stdout, f"warnings from\n{code}{done.stdout}")
        return done.stdout

    def step(self, name, root, status=0):
        return self.run(self.code[name], root, status)

    def see(self, said, *texts):
        for text in texts:
            self.expect(text in said, f"no '{text}' in\n{said}")

    def changed(self, root):
        """Just the files that it is said to touch, new ones among them."""
        have = {str(path.relative_to(root)) for part in ("src", "catalog", "docs", "tests")
                for path in (root / part).rglob("*") if path.is_file() and path.suffix != ".pyc"}
        differ = {name for name in have if self.was.get(name) != (root / name).read_bytes()}
        self.expect(differ == self.files, f"changed: {sorted(differ)}")

    def tests(self, root):
        """What "make check" runs and what the walk adds could break."""
        self.run("make\nmake " + os.environ.get("MAKE_WORDS", "") +
                 " build/tests/check build/tests/fake-witness", root)
        self.run(f"{sys.executable} tests/schema.py build/schema.json catalog/*.yaml", root)
        self.run("build/vmatlas check", root)
        env = ("VMATLAS=$PWD/build/vmatlas FAKE=$PWD/build/tests/fake-witness DOT=dot "
               f"PYTHON={sys.executable} OPS=20000 CK_TIMEOUT_MULTIPLIER=6")
        for suite in self.suites:
            self.run(f"{env} CK_RUN_SUITE={suite} build/tests/check", root)

    def follow(self, walk):
        with tempfile.TemporaryDirectory(prefix="vmatlas-") as name:
            root = pathlib.Path(name)
            self.copy(root)
            walk(self, root)
            self.changed(root)
            if self.args.tests:
                self.tests(root)
        nr = len(self.files)
        print(f"{self.page}: followed, {nr} file{'s' if nr > 1 else ''}" +
              (f", and {len(self.suites)} suites pass" if self.args.tests else ""))
