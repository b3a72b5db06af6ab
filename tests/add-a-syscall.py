#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-syscall.rst: add-a-syscall.py BUILD [--tests]

The linker must name what is missing, and then the call be known everywhere."""

import re

from follow import Walk


def walk(self, root):
    self.step("row", root)
    said = self.step("missing", root, status=None)
    self.see(said, "undefined reference to `sim_msync'", "undefined reference to `kernel_msync'")
    self.step("sim", root)
    self.step("kernel", root)
    self.see(self.step("see", root), "1. mmap 10000 8K rw- fixed", "2. msync 10000 4K",
             "3. msync 20000 4K", "ENOMEM", "  msync ADDR LEN", "int kernel_msync(",
             "X(MSYNC, msync,")
    traced(self, root)


def traced(self, root):
    """strace's form of it is understood, and so is the catalogue's."""
    (root / "trace").write_text("mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|"
                                "MAP_ANONYMOUS, -1, 0) = 0x10000\n"
                                "msync(0x10000, 4096, MS_SYNC) = 0\n", encoding="utf-8")
    self.see(self.run("build/vmatlas replay trace", root), "msync")
    path = root / "catalog/change.yaml"
    text = path.read_text(encoding="utf-8")
    new = re.sub(r"^( +)(- \{touch: \[\d+, \d+\]\})$", r"\1\2\n\1- {msync: [16, 17]}", text,
                 count=1, flags=re.M)
    path.write_text(new, encoding="utf-8")
    self.run("build/vmatlas check --catalog catalog", root)
    path.write_text(text, encoding="utf-8")


Walk("add-a-syscall", ("row", "missing", "sim", "kernel", "see"),
     {"src/syscall/table.h", "src/syscall/sim-lock.c", "src/syscall/kernel/do.c"},
     ("syscall", "catalog", "kselftest", "process", "what-if", "replay", "cmd", "live")
     ).follow(walk)
