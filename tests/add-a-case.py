#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-case.rst: add-a-case.py BUILD [--tests]

The case must be checked, shown, drawn and in the pages, with no C and no test
changed; a wrong statement in it must be told."""

import re

from follow import Walk

CASE = "insert-special"
PICTURE = "|-------..........-------|"
FILE = "catalog/insert.yaml"


def number(said):
    return int(re.search(r"100%: Checks: (\d+)", said)[1])


def walk(self, root):
    self.run("make", root)
    before = self.step("check", root)
    self.step("state", root)
    checked = self.step("check", root)
    self.expect(number(checked) == number(before) + 1, "the case is not checked:\n" + checked)
    self.see(self.step("show", root), PICTURE)
    self.step("emit", root)
    pages = root / "build/pages"
    for page in ("index.rst", "insert.rst"):
        self.see((pages / page).read_text(encoding="utf-8"), CASE)
    self.see((pages / f"{CASE}.rst").read_text(encoding="utf-8"), PICTURE)
    for moment in ("before", "step-1", "step-2", "step-3", "after"):
        self.see((pages / f"{CASE}-{moment}.dot").read_text(encoding="utf-8"), "digraph")
    contradict(self, root)


def contradict(self, root):
    """What the page says of a wrong map count is so."""
    path, right = root / FILE, "map_count: {before: 2, after: 3}"
    text = path.read_text(encoding="utf-8")
    before, found, after = text.rpartition(right)
    self.expect(found and CASE in before, f"no '{right}'")
    path.write_text(before + right.replace("3", "2") + after, encoding="utf-8")
    self.see(self.step("check", root, status=1), "map_count")
    path.write_text(text, encoding="utf-8")


Walk("add-a-case", ("state", "check", "show", "emit"), {FILE},
     ("catalog", "report", "emit", "graph", "rst", "space", "kselftest", "vma-test", "cmd", "live",
      "oracle", "promela", "process", "what-if", "reader", "reader-pages", "kernel-pages",
      "replay")).follow(walk)
