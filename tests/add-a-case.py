#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-case.rst to the letter: add-a-case.py VMATLAS

The commands of the page run in a directory with a copy of the catalogue and the
program. Then the case must be checked, shown, drawn and in the pages.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

PAGE = "docs/add-a-case.rst"
CASE = "insert-special"
BLOCK = re.compile(
    r"^\.\. code-block:: sh\n   :name: (add-a-case-\w+)\n\n((?:   .*\n|\n)+)", re.MULTILINE
)


def blocks():
    with open(PAGE, encoding="utf-8") as page:
        return {name: textwrap.dedent(code) for name, code in BLOCK.findall(page.read())}


def expect(condition, what):
    if not condition:
        sys.exit("%s: %s" % (PAGE, what))


def run(code, cwd, status=0):
    done = subprocess.run(
        ["sh", "-e", "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    expect(done.returncode == status, "exit status %d from\n%s%s" % (done.returncode, code, said))
    return said


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def follow(root):
    code = blocks()
    expect(list(code) == ["add-a-case-" + x for x in ("state", "check", "show", "emit")],
           "other blocks than expected: %s" % list(code))

    before = run(code["add-a-case-check"], root)
    run(code["add-a-case-state"], root)
    checked = run(code["add-a-case-check"], root)
    number = re.compile(r"100%: Checks: (\d+)")
    expect(int(number.search(checked)[1]) == int(number.search(before)[1]) + 1,
           "the case is not checked:\n" + checked)

    shown = run(code["add-a-case-show"], root)
    expect("|-------..........-------|" in shown, "the case is not drawn:\n" + shown)

    run(code["add-a-case-emit"], root)
    pages = os.path.join(root, "build/pages")
    for page in ("index.rst", "insert.rst"):
        expect(CASE in read(pages, page), "the case is not in " + page)
    expect("|-------..........-------|" in read(pages, CASE + ".rst"), "no picture in its page")
    for moment in ("before", "step-1", "step-2", "step-3", "after"):
        expect("digraph" in read(pages, "%s-%s.dot" % (CASE, moment)), "no graph " + moment)


def contradict(root):
    """What the page says of a wrong map count is so."""
    path = os.path.join(root, "catalog/insert.yaml")
    right = "map_count: {before: 2, after: 3}"
    before, found, after = read(path).rpartition(right)
    expect(found and CASE in before, "no '%s'" % right)
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + "map_count: {before: 2, after: 2}" + after)
    said = run(blocks()["add-a-case-check"], root, status=1)
    expect("map_count" in said, "the wrong map count is not told:\n" + said)


def main():
    with tempfile.TemporaryDirectory() as root:
        shutil.copytree("catalog", os.path.join(root, "catalog"))
        os.mkdir(os.path.join(root, "build"))
        os.symlink(os.path.abspath(sys.argv[1]), os.path.join(root, "build/vmatlas"))
        follow(root)
        contradict(root)
    print("%s: followed, and the case is checked, shown and drawn" % PAGE)


main()
