#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write the three series of docs/patches as a page shows them: what each has, in lines,
and then the texts. No kernel tree is needed: what a tree adds is whom they are to."""

import pathlib
import re
import sys
import textwrap

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
import ksrc  # pylint: disable=wrong-import-position

series = ksrc.sibling("series")
KERNEL = "7.3"


def text_of(name, part=1):
    """A kept file, as it is for the newest version."""
    return series.template((HERE / "patches" / name).read_text(encoding="utf-8"), KERNEL,
                           part)


def lines(text):
    """How many."""
    return text.count("\n")


def added(name):
    """Lines that a patch adds and takes away."""
    diff = series.message_of(HERE / "patches" / name).diff
    return (len(re.findall(r"^\+(?!\+\+ )", diff, re.M)),
            len(re.findall(r"^-(?!-- )", diff, re.M)))


def block(text, language="text"):
    """A literal block."""
    print(f"\n.. code-block:: {language}\n")
    print(textwrap.indent(text.rstrip("\n"), "   "))


def table(rows):
    """Of two columns."""
    print("\n.. list-table::\n   :widths: 62 38\n")
    for left, right in rows:
        print(f"   * - {left}\n     - {right}")


def message(name):
    """Subject and text of one patch."""
    path = HERE / "patches" / name
    if path.suffix == ".patch":
        found = series.message_of(path)
        return f"{found.subject}\n\n{found.body.strip()}\n"
    return text_of(name)


def cover(name):
    """The cover letter, with the version that a tree would have."""
    return text_of(f"{name}/cover.txt").replace("{version}", f"{KERNEL}.x")


def heading(text):
    """Of a section."""
    print(f"\n{text}\n{'-' * len(text)}")


def files(name):
    """What the patches of a series add, file by file."""
    if name == "fix":
        for part in ("fresh-fallback.patch", "smaps-skip.patch", "gap-test.patch"):
            plus, minus = added(part)
            yield f"``{part}``", f"{plus} lines more, {minus} less"
    elif name == "tests":
        first, second = (lines(text_of("tests/cases.c", part)) for part in (1, 2))
        yield "``watch.h``", f"{lines(text_of('tests/watch.h'))} lines"
        yield "``tests/cases.c``, patch 1", f"{first} lines"
        yield "``tests/cases.c``, patch 2", f"{second - first} lines more"
    else:
        page = lines(text_of("docs/vma_merge_split.rst"))
        yield "``Documentation/mm/vma_merge_split.rst``", f"{page} lines"
        yield "``index.rst`` and ``process_addrs.rst``", "4 lines more"


TITLES = {"fix": "The fix, as it arrives", "tests": "The tests, as they arrive",
          "docs": "The page, as it arrives"}


def show(name):
    """One series."""
    heading(TITLES[name])
    table([("the cover letter", f"{lines(cover(name))} lines"), *files(name)])
    block(cover(name))
    for number, part in enumerate(series.ALL[name].parts, 1):
        print(f"\nPatch {number}:")
        block(message(part.message))
    if name == "tests":
        text = text_of("tests/cases.c", 2)
        block(text[text.index("/* The range is in an existing"):
                   text.index("/* In private mappings of a file")], "c")
        print("\nThese come after the functions that draw and compare, and before the rules:")
        block(text[text.index("static const struct {\n\tconst char *name;"):
                   text.index("static bool rule_holds")], "c")
    if name == "docs":
        block(text_of("docs/vma_merge_split.rst"), "rst")


def main():
    """All three."""
    for name in ("fix", "tests", "docs"):
        show(name)


if __name__ == "__main__":
    main()
