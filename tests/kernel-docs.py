#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Build a kernel tree's documentation with our pages in it.

The tree, a directory or a tarball, is only read: what its documentation is
built from is copied. There it is built twice by its own Makefile, without our
pages and with them. Whatever the second build says that the first one did not is
printed, and the exit status is 1. If the tree or a tool is not usable, one line
says why, and the exit status is 2. Pages that were built are left in CACHE/html.
"""

import argparse
import collections
import glob
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types

import ksrc

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSION = os.path.join(HERE, "..", "docs", "kernel", "vma_atlas.py")
NAME = "vma_atlas"
PAGES = "Documentation/mm/" + NAME
INDEX = "Documentation/mm/index.rst"
TERMS = "Documentation/mm/process_addrs.rst"
YAML = "tools/mm/" + NAME
KNOWN = "known are Linux 6.12 and later"
DAY = 24 * 60 * 60

# What is needed of a tree, and what only some trees have.
NEEDED = ["Makefile", "Documentation", "include", "mm", "scripts"]
OPTIONAL = ["MAINTAINERS", "tools/net/ynl", "tools/lib/python", "tools/docs"]
OPTIONAL_FILES = "arch/*/Makefile"
# Without these it is none that we know.
MUST_HAVE = [
    "Documentation/Makefile",
    "Documentation/conf.py",
    INDEX,
    TERMS,
    "Documentation/sphinx/kfigure.py",
    "Documentation/sphinx/parallel-wrapper.sh|tools/docs/sphinx-build-wrapper",
    "scripts/Kbuild.include",
    "scripts/kernel-doc|tools/docs/kernel-doc",
    "include/uapi/linux/videodev2.h",
    "mm/vma.c",
]
TOOLS = ["make", "perl", "sphinx-build", "dot"]


class Unusable(Exception):
    """What is wrong with the tree or the machine."""


# ---- other programs ----------------------------------------------------------


def run(command, timeout, **keywords):
    """Run it in a group of its own, and end the group whatever happens."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        **keywords,
    )
    try:
        said, _ = child.communicate(timeout=timeout)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    return child.returncode, said


def first_line(text):
    return next((line for line in text.splitlines() if line.strip()), "it says nothing")


def must_run(command, complaint, timeout=600):
    status, said = run(command, timeout)
    if status:
        raise Unusable("%s: %s" % (complaint, first_line(said)))


def check_tools():
    for tool in TOOLS:
        if not shutil.which(tool):
            raise Unusable("there is no %s: 'make deps-kernel-docs' installs it" % tool)


# ---- a tarball becomes a directory ---------------------------------------------


def hash_of(*parts):
    sum_of_all = hashlib.sha256()
    for part in parts:
        sum_of_all.update(part.encode() + b"\0")
    return sum_of_all.hexdigest()[:16]


def hash_of_file(path):
    sum_of_all = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sum_of_all.update(block)
    return sum_of_all.hexdigest()


def take_place(new, place):
    """Rename a directory; somebody else may have been faster with the same."""
    try:
        os.rename(new, place)
    except OSError:
        if not os.path.isdir(place):
            raise


def unpack(tarball, place, scratch):
    """Only what is needed, aside first."""
    new = os.path.join(scratch, "unpacked")
    os.mkdir(new)
    patterns = ["*/" + path for path in NEEDED + OPTIONAL + [OPTIONAL_FILES]]
    command = ["tar", "--force-local", "-xf", tarball, "-C", new, "--strip-components=1"]
    command += ["--anchored", "--wildcards", "--no-wildcards-match-slash"] + patterns
    status, said = run(command, 600)
    harmless = ("Not found in archive", "Exiting with failure status")
    wrong = [line for line in said.splitlines() if not line.endswith(harmless)
             and "Exiting with failure status" not in line]
    if status and wrong:
        raise Unusable("%s: not a tarball, or cut short: %s" % (tarball, wrong[0]))
    take_place(new, place)


def directory_of(ksrc, cache, scratch):
    if not os.path.exists(ksrc):
        raise Unusable(
            "%s: there is no such file or directory, expected a kernel tree or tarball" % ksrc
        )
    if os.path.isdir(ksrc):
        return ksrc
    key = hash_of(hash_of_file(ksrc), *NEEDED, *OPTIONAL, OPTIONAL_FILES)
    place = os.path.join(cache, "tree-" + key)
    if not os.path.isdir(place):
        unpack(ksrc, place, scratch)
    return place


# ---- is it a tree that we know? --------------------------------------------------


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def make_variable(makefile, name):
    match = re.search(r"^%s *= *([0-9]{1,4})$" % name, makefile, re.MULTILINE)
    return int(match.group(1)) if match else None


def check_version(tree, ksrc):
    path = os.path.join(tree, "Makefile")
    makefile = read(path) if os.path.isfile(path) else ""
    version = make_variable(makefile, "VERSION")
    patchlevel = make_variable(makefile, "PATCHLEVEL")
    if version is None or patchlevel is None:
        raise Unusable(
            "%s: not a kernel tree: it has no Makefile that says VERSION = and "
            "PATCHLEVEL =; %s" % (ksrc, KNOWN)
        )
    if (version, patchlevel) < (6, 12):
        raise Unusable(
            "%s: Linux %d.%d, but mm/vma.c, which the pages describe, is only there "
            "since 6.12" % (ksrc, version, patchlevel)
        )


def documented_files(tree):
    """Sources whose comments the pages of mm show."""
    pages = glob.glob(os.path.join(tree, "Documentation/mm/**/*.rst"), recursive=True)
    for page in sorted(pages):
        yield from re.findall(r"^\.\. kernel-doc:: *([\w./-]+)", read(page), re.MULTILINE)


def check_tree(tree, ksrc):
    check_version(tree, ksrc)
    for paths in NEEDED + MUST_HAVE + list(documented_files(tree)):
        if not any(os.path.exists(os.path.join(tree, path)) for path in paths.split("|")):
            raise Unusable(
                "%s: half unpacked, or of an unknown kind: %s is missing; %s"
                % (ksrc, paths.replace("|", " or "), KNOWN)
            )


# ---- a copy of our own --------------------------------------------------------------


def parts_of(tree):
    parts = NEEDED + [path for path in OPTIONAL if os.path.exists(os.path.join(tree, path))]
    parts += [os.path.relpath(path, tree) for path in glob.glob(os.path.join(tree, OPTIONAL_FILES))]
    return parts


def drop_links_out(stage):
    """A link that leads out of the copy would lead to what is not ours."""
    for directory, names, files in os.walk(stage):
        for name in names + files:
            path = os.path.join(directory, name)
            if os.path.islink(path) and not os.path.realpath(path).startswith(stage + os.sep):
                os.unlink(path)


def copy_tree(tree, stage):
    for part in parts_of(tree):
        place = os.path.join(stage, part)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        must_run(["cp", "-R", "--", os.path.join(tree, part), place], "cannot copy")
    must_run(["chmod", "-R", "u+w", stage], "cannot copy")
    drop_links_out(os.path.realpath(stage))
    # Of an earlier build in the tree.
    shutil.rmtree(os.path.join(stage, "Documentation/output"), ignore_errors=True)


def hash_of_tree(stage):
    sum_of_all = hashlib.sha256()
    for directory, names, files in os.walk(stage):
        names.sort()
        for name in sorted(files):
            path = os.path.join(directory, name)
            sum_of_all.update(os.path.relpath(path, stage).encode() + b"\0")
            if not os.path.islink(path):
                sum_of_all.update(hash_of_file(path).encode())
    return sum_of_all.hexdigest()


# ---- building ------------------------------------------------------------------------


def environment(scratch, python, vmatlas):
    """That of a build which nobody's make is around, with the Python asked for."""
    tools = os.path.join(scratch, "bin")
    os.makedirs(tools, exist_ok=True)
    link = os.path.join(tools, "python3")
    if not os.path.lexists(link):
        os.symlink(python, link)
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "O", "V")}
    env.update(
        LC_ALL="C.UTF-8",
        PATH=tools + ":" + env["PATH"],
        PYTHONDONTWRITEBYTECODE="1",
        VMATLAS=vmatlas,
    )
    return env


def plain(line, stage):
    """A line as it is in any copy; in the index, one more line is no difference."""
    line = line.replace(stage + "/", "").replace(stage, ".")
    return re.sub(r"^(\S*mm/index\.rst):[0-9]+:", r"\1:", line)


def build(options, stage, env):
    """What the build says, as a list of lines."""
    shutil.rmtree(os.path.join(stage, "Documentation/output"), ignore_errors=True)
    command = ["make", "-C", stage, "PYTHON3=" + options.python, "SPHINXDIRS=mm"]
    status, said = run(
        command + ["SPHINXOPTS=-q -j1", "htmldocs"], timeout=options.timeout, env=env
    )
    lines = [plain(line, stage) for line in said.splitlines() if line.strip()]
    if status or not os.path.isfile(os.path.join(stage, "Documentation/output/mm/index.html")):
        lines.append("make htmldocs: exit status %d" % status)
        return lines, False
    return lines, True


def write_aside(path, text, scratch):
    new = os.path.join(scratch, os.path.basename(path))
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(new, path)


def versions_of_tools(python):
    said = [run(command, 60)[1] for command in (["sphinx-build", "--version"], ["dot", "-V"])]
    return said + [run([python, "--version"], 60)[1]]


def baseline(options, stage, env, scratch):
    """What the tree says without our pages; asked once for each tree."""
    key = hash_of(hash_of_tree(stage), read(__file__), *versions_of_tools(options.python))
    path = os.path.join(options.cache, "baseline-" + key)
    if os.path.isfile(path):
        return read(path).splitlines()
    print("  HTMLDOCS  mm, without the pages", flush=True)
    lines, built = build(options, stage, env)
    if not built:
        # Behind what went wrong, make has more to say.
        said = [line for line in lines if re.search(r"(Error|Exception|rror:)(\W|$)", line)
                and not line.startswith("make")]
        raise Unusable("%s: its documentation does not build: %s"
                       % (options.ksrc, "; ".join(said[-2:] or lines[-3:])))
    write_aside(path, "".join(line + "\n" for line in lines), scratch)
    return lines


# ---- our pages in it --------------------------------------------------------------------


def add_to_index(stage):
    """After the page on the same matter, or else at the end of the first list."""
    path = os.path.join(stage, INDEX)
    lines = read(path).splitlines()
    entries = [i for i, line in enumerate(lines) if re.match(r"^   [\w/]+$", line)]
    if not entries:
        raise Unusable("%s has no toctree that is known" % INDEX)
    after = next((i for i in entries if lines[i].strip() == "process_addrs"), entries[0])
    lines.insert(after + 1, "   %s/index" % NAME)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def terms_of(stage):
    """The page that defines the locks, if that of the tree does."""
    text = read(os.path.join(stage, TERMS)).lower()
    defined = all("%s lock" % name in text for name in ("mmap", "vma", "rmap"))
    return "../process_addrs" if defined else None


def emit(options, stage, where):
    command = [options.vmatlas, "emit", "rst", "--flavour", "kernel", "-o", where]
    command += ["--catalog", options.catalog]
    if terms_of(stage):
        command += ["--terms", terms_of(stage)]
    must_run(command, "the pages cannot be written")


def put_pages(options, stage):
    emit(options, stage, os.path.join(stage, PAGES))


def put_stub(path, name):
    with open(path, "w", encoding="utf-8") as file:
        file.write(".. SPDX-License-Identifier: GPL-2.0\n\n.. vma-atlas:: %s\n" % name)


def put_yaml(options, stage):
    """A line instead of each page, the catalogue, and what makes pages of it."""
    where = os.path.join(stage, PAGES)
    emit(options, stage, where)
    for path in glob.glob(where + "/*"):
        if path.endswith(".rst"):
            put_stub(path, os.path.splitext(os.path.basename(path))[0])
        else:
            os.unlink(path)
    os.makedirs(os.path.join(stage, YAML))
    for path in glob.glob(os.path.join(options.catalog, "*.yaml")):
        shutil.copy(path, os.path.join(stage, YAML))
    shutil.copy(EXTENSION, os.path.join(stage, "Documentation/sphinx"))
    with open(os.path.join(stage, "Documentation/conf.py"), "a", encoding="utf-8") as conf:
        conf.write("\nextensions.append('%s')\n" % NAME)
        conf.write("vma_atlas_terms = %r\n" % terms_of(stage))


def new_lines(lines, before):
    """Those that are said more often than before."""
    left = collections.Counter(before)
    new = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            new.append(line)
    return new


def put_page(_options, stage):
    """The one that a person wrote."""
    with open(os.path.join(stage, "Makefile"), encoding="utf-8") as file:
        numbers = re.findall(r"^(?:VERSION|PATCHLEVEL) = (\d+)$", file.read(), re.M)
    job = types.SimpleNamespace(kernel=".".join(numbers), ksrc=stage)
    ksrc.sibling("series").put_page(job, pathlib.Path(stage))


WAYS = {"pages": put_pages, "yaml": put_yaml, "page": put_page}


def build_with(way, options, tree, before, scratch):
    """Build one way. Returns where the pages are, and what was said that is new."""
    stage = os.path.join(scratch, way)
    copy_tree(tree, stage)
    WAYS[way](options, stage)
    if way != "page":
        add_to_index(stage)
    print("  HTMLDOCS  mm, with %s" % way, flush=True)
    lines, _ = build(options, stage, environment(scratch, options.python, options.vmatlas))
    return os.path.join(stage, "Documentation/output/mm"), new_lines(lines, before)


# ---- the same pages both ways ---------------------------------------------------------------


def comparable(html):
    """What is drawn counts, not what its file is called or where a caption is broken."""
    where = os.path.dirname(html)
    text = re.sub(r"<figcaption>.*?</figcaption>",
                  lambda match: " ".join(match.group(0).split()), read(html), flags=re.DOTALL)
    return re.sub(r'src="([^"]+\.svg)"',
                  lambda match: hash_of_file(os.path.join(where, match.group(1))), text)


def differences(one, other):
    for html in sorted(glob.glob(os.path.join(one, NAME, "*.html"))):
        twin = os.path.join(other, NAME, os.path.basename(html))
        if not os.path.isfile(twin) or comparable(html) != comparable(twin):
            yield "%s is not the same from YAML" % os.path.basename(html)


# ---- all of it -----------------------------------------------------------------------------


def keep(html, place, scratch):
    """Somebody else may do the same at the same time: the last one wins."""
    for number in range(10):
        try:
            os.rename(place, os.path.join(scratch, "old-%d" % number))
        except FileNotFoundError:
            pass
        try:
            os.rename(html, place)
            return
        except OSError:
            continue
    raise Unusable("%s: cannot be replaced" % place)


def build_all(options, scratch):
    tree = directory_of(options.ksrc, options.cache, scratch)
    check_tree(tree, options.ksrc)
    stage = os.path.join(scratch, "without")
    copy_tree(tree, stage)
    env = environment(scratch, options.python, options.vmatlas)
    before = baseline(options, stage, env, scratch)
    shutil.rmtree(stage)
    ways = ["pages", "yaml"] if options.way == "both" else [options.way]
    built = [build_with(way, options, tree, before, scratch) for way in ways]
    wrong = [line for _, lines in built for line in lines]
    if len(built) == 2 and not wrong:
        wrong += differences(built[0][0], built[1][0])
    if not wrong:
        keep(built[0][0], os.path.join(options.cache, "html"), scratch)
    return wrong, before


def remove_leftovers(cache):
    """What was killed could not clean up."""
    for path in glob.glob(os.path.join(cache, "tmp.*")):
        if time.time() - os.path.getmtime(path) > DAY:
            shutil.rmtree(path, ignore_errors=True)


def report(options, wrong, before):
    for line in wrong:
        print(line)
    if wrong:
        print("kernel-docs: %d lines that the tree does not say without the pages" % len(wrong))
        return 1
    warnings = sum("WARNING" in line for line in before)
    print("kernel-docs: no new warning beside the %d of the tree itself" % warnings)
    page = "vma_merge_split" if options.way == "page" else NAME + "/index"
    print("kernel-docs: %s/html/%s.html" % (options.cache, page))
    return 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vmatlas", required=True)
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--cache", required=True, metavar="DIR")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--from", dest="way", default="pages", choices=[*WAYS, "both"])
    parser.add_argument("--timeout", type=int, default=1800, metavar="SECONDS")
    parser.add_argument("ksrc", metavar="KSRC")
    options = parser.parse_args()
    if not options.ksrc:
        parser.error("no kernel tree, expected KSRC=tree or a tarball")
    for name in ("vmatlas", "catalog", "cache", "ksrc"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    return options


def main():
    options = arguments()
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(2))
    try:
        check_tools()
        os.makedirs(options.cache, exist_ok=True)
        remove_leftovers(options.cache)
        with tempfile.TemporaryDirectory(prefix="tmp.", dir=options.cache) as scratch:
            return report(options, *build_all(options, scratch))
    except (Unusable, OSError, subprocess.SubprocessError) as error:
        print("kernel-docs: %s" % error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


if __name__ == "__main__":
    sys.exit(main())
