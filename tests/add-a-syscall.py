#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Follow docs/add-a-syscall.rst to the letter: add-a-syscall.py BUILD

The commands of the page run in a copy of the tree and of BUILD, what is built
already. Then three files must have changed, and the call be known everywhere.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

PAGE = "docs/add-a-syscall.rst"
STEPS = ("row", "missing", "sim", "kernel", "see")
FILES = {"src/syscall/table.h", "src/syscall/sim-lock.c", "src/syscall/kernel/do.c"}
BLOCK = re.compile(
    r"^\.\. code-block:: sh\n   :name: add-a-syscall-(\w+)\n\n((?:   .*\n|\n)+)", re.MULTILINE
)


def expect(condition, what):
    if not condition:
        sys.exit(f"{PAGE}: {what}")


def blocks():
    text = pathlib.Path(PAGE).read_text(encoding="utf-8")
    return {name: textwrap.dedent(code) for name, code in BLOCK.findall(text)}


def run(code, cwd, status=0):
    # As "make" runs in CI: what is built already was built like this.
    code = code.replace("make\n", f"make -j2 {os.environ.get('MAKE_WORDS', '')}\n")
    done = subprocess.run(["sh", "-e", "-c", code], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    expect((done.returncode == 0) == (status == 0),
           f"exit status {done.returncode} from\n{code}{done.stdout}")
    return done.stdout


def copy(build, to):
    names = subprocess.run(["git", "ls-files", "-z"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split("\0")
    for name in filter(None, names):
        if name.startswith(("src/", "catalog/", "tests/")) or "/" not in name:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, to / name)
    shutil.copytree(build / "src", to / "build/src", copy_function=shutil.copy2)
    # These know where the tree is.
    for path in (to / "src").rglob("*.c"):
        if "_BUILD" in path.read_text(encoding="utf-8"):
            (to / "build" / path.relative_to(to)).with_suffix(".o").unlink(missing_ok=True)


def changed(root):
    return {name for name in (str(path.relative_to(root)) for path in
                              (root / "src").rglob("*") if path.is_file())
            if pathlib.Path(name).read_bytes() != (root / name).read_bytes()}


def follow(root):
    code = blocks()
    expect(tuple(code) == STEPS, f"other blocks than expected: {list(code)}")
    run(code["row"], root)
    said = run(code["missing"], root, status=1)
    for name in ("sim_msync", "kernel_msync"):
        expect(f"undefined reference to `{name}'" in said, f"{name} is not missed:\n{said}")
    run(code["sim"], root)
    run(code["kernel"], root)
    said = run(code["see"], root)
    for text in ("1. mmap 10000 8K rw- fixed", "2. msync 10000 4K", "3. msync 20000 4K",
                 "ENOMEM", "  msync ADDR LEN", "int kernel_msync(", "X(MSYNC, msync,"):
        expect(text in said, f"no '{text}' in\n{said}")
    expect(changed(root) == FILES, f"changed: {sorted(changed(root))}")


def traced(root):
    """strace's form of it is understood, and so is the catalogue's."""
    (root / "trace").write_text("mmap(0x10000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED|"
                                "MAP_ANONYMOUS, -1, 0) = 0x10000\n"
                                "msync(0x10000, 4096, MS_SYNC) = 0\n", encoding="utf-8")
    said = run("build/vmatlas replay trace", root)
    expect("msync" in said, f"replay does not tell of it:\n{said}")
    path = root / "catalog/change.yaml"
    text = path.read_text(encoding="utf-8")
    new = re.sub(r"^( +)(- \{touch: \[\d+, \d+\]\})$", r"\1\2\n\1- {msync: [16, 17]}", text,
                 count=1, flags=re.M)
    if new != text:
        path.write_text(new, encoding="utf-8")
        run("build/vmatlas check --catalog catalog", root)


def main():
    with tempfile.TemporaryDirectory(prefix="vmatlas-") as name:
        root = pathlib.Path(name)
        copy(pathlib.Path(sys.argv[1]), root)
        follow(root)
        traced(root)
    print(f"{len(FILES)} files and the call is everywhere")


main()
