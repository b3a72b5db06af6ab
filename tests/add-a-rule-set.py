#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-rule-set.rst: add-a-rule-set.py BUILD [--tests]"""

from follow import Walk


def walk(self, root):
    self.step("field", root)
    self.step("set", root)
    self.step("rule", root)
    older, newer = self.step("see", root).split("---\n")
    merged = "+ 000000010000-000000012000"
    self.see(older, merged)
    self.expect(merged not in newer, "they merge by 7.4, too:\n" + newer)
    self.run("build/vmatlas space --summary --rules 7.4", root)


Walk("add-a-rule-set", ("field", "set", "rule", "see"),
     {"src/model/rules.h", "src/model/rules.c", "src/model/merge.c"},
     ("model", "catalog", "report", "space", "emit", "vma-test", "kselftest", "rst", "oracle",
      "reach", "live", "process", "random", "syscall", "what-if", "cmd", "kernel-pages")
     ).follow(walk)
