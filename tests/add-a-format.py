#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-format.rst: add-a-format.py BUILD [--tests]"""

from follow import Walk


def walk(self, root):
    self.step("row", root)
    self.see(self.step("missing", root, status=None), "undefined reference to `emit_tsv'")
    self.step("file", root)
    said = self.step("see", root)
    self.see(said, "  tsv        ", "existing-merge-both\t3\t1\n", "split-new-above\t1\t2\n")


Walk("add-a-format", ("row", "missing", "file", "see"),
     {"src/emit/formats.h", "src/emit/emit-tsv.c"},
     ("emit", "cmd")).follow(walk)
