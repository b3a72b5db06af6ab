#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make the tables of docs/tables.rst: all cases, and all system calls.

Usage: vmatlas emit json | docs/tables.py
"""

import json
import sys


def ref(case):
    """A link to a case."""
    return f":ref:`{case} <vma-case-{case}>`"


def functions(case):
    """What the kernel calls for it, each once, in their order."""
    found = [act["function"] for act in case["acts"]] or [case["function"]]
    return list(dict.fromkeys(name for name in found if name))


def roles(case):
    """What becomes of which VMA."""
    return [f"{vma}: {role}" for vma, role in case["roles"].items() if role]


def earlier(case):
    """The releases before which it was carried out otherwise."""
    return [f"before {one['before']}" for one in case["earlier"]]


def listed(items):
    """The cell of a list."""
    return ", ".join(items) or "\\-"


def code(names):
    """The cell of a list of functions."""
    return listed(f"``{name}``" for name in names)


def table(title, heads, rows):
    """A list table."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", "   :class: vma-cases",
             "   :widths: auto", ""]
    for row in [heads, *rows]:
        for i, cell in enumerate(row):
            lines.append(f"   {'* -' if i == 0 else '  -'} {cell}")
    return "\n".join(lines) + "\n"


def cases(atlas):
    """One row a case."""
    return table("Cases", ["Case", "Function", "Role", "VMAs", "Otherwise", "System call"], [
        [ref(case["id"]), code(functions(case)), listed(roles(case)),
         f"{case['map_count']['before']} -> {case['map_count']['after']}",
         listed(earlier(case)), code(f"{name}()" for name in case["syscalls"])]
        for case in atlas["cases"]])


def calls(atlas):
    """One row a system call."""
    by_call = {}
    for case in atlas["cases"]:
        for name in case["syscalls"]:
            by_call.setdefault(name, []).append(case)
    return table("System calls", ["System call", "Role", "Function", "Cases"], [
        [f"``{name}()``",
         listed(dict.fromkeys(role for case in causes
                              for role in case["roles"].values() if role)),
         code(dict.fromkeys(f for case in causes for f in functions(case))),
         listed(ref(case["id"]) for case in causes)]
        for name, causes in sorted(by_call.items())])


def main():
    """Both, as parts of one file."""
    atlas = json.load(sys.stdin)
    for name, text in (("cases", cases(atlas)), ("calls", calls(atlas))):
        print(f".. {name}-begin\n\n{text}\n.. {name}-end\n")


if __name__ == "__main__":
    main()
