#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-reader.rst: add-a-reader.py BUILD [--tests]"""

from follow import Walk


def walk(self, root):
    self.step("row", root)
    self.see(self.step("see", root), "clipped-walk")


Walk("add-a-reader", ("row", "see"), {"src/reader/variants.c"},
     ("reader", "reader-pages", "emit", "promela", "race", "cmd", "kernel-pages")).follow(walk)
