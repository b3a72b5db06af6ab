#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Build pages with docs/kernel/vma_atlas.py, and see it name lines of YAML.

usage: kernel-yaml.py VMATLAS

The project is a small one of Sphinx, not a kernel tree: tests/kernel-docs.py has
that. Exit status 1 and what is wrong if pages are not those of "vmatlas emit", or if
a catalogue or a page that is broken on purpose is not reported with its line.
"""

import glob
import os
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CATALOG = os.path.join(ROOT, "catalog")

CONF = """
import sys
sys.path.insert(0, %r)
from docutils.parsers.rst import Directive, directives
from docutils import nodes

class Render(Directive):
    has_content = True
    required_arguments = 1
    option_spec = {"alt": directives.unchanged, "caption": directives.unchanged}

    def run(self):
        return [nodes.paragraph(text=self.options["caption"])]

def setup(app):
    app.add_directive("kernel-render", Render)

extensions = ["vma_atlas"]
vma_atlas_catalog = %r
"""


def sphinx(source, program):
    """What Sphinx warns of, and the pages as text."""
    out = source + ".text"
    env = dict(os.environ, VMATLAS=program, LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
    env.pop("srctree", None)
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", "text", source, out]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=300)
    pages = {}
    for path in glob.glob(out + "/*.txt"):
        with open(path, encoding="utf-8") as page:
            pages[os.path.basename(path)] = page.read()
    return done.stderr, pages


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def project(scratch, name, catalog):
    source = os.path.join(scratch, name)
    os.mkdir(source)
    write(os.path.join(source, "conf.py"), CONF % (os.path.join(ROOT, "docs/kernel"), catalog))
    return source


def emit(program, where):
    command = [program, "emit", "rst", "--flavour", "kernel", "--dot", "inline"]
    subprocess.run(command + ["--catalog", CATALOG, "-o", where], check=True)


def put_stubs(source, names):
    for name in names:
        write(os.path.join(source, name + ".rst"), ".. vma-atlas:: %s\n" % name)


def names_of(source):
    return [os.path.splitext(os.path.basename(path))[0] for path in glob.glob(source + "/*.rst")]


def same_pages(program, scratch):
    """From YAML and from files, without a warning."""
    files = project(scratch, "files", CATALOG)
    emit(program, files)
    stubs = project(scratch, "stubs", CATALOG)
    put_stubs(stubs, names_of(files))
    warned, pages = sphinx(files, program)
    assert not warned, warned
    assert len(pages) > 2, "there are no pages"
    warned, again = sphinx(stubs, program)
    assert not warned, warned
    assert pages.keys() == again.keys(), "other pages: %s" % again.keys()
    for name, text in pages.items():
        assert text == again[name], "%s is not the same" % name


def broken_catalogue(scratch, old, new):
    """A copy with a text replaced once. Returns it, and the line."""
    catalog = os.path.join(scratch, "catalog")
    shutil.rmtree(catalog, ignore_errors=True)
    shutil.copytree(CATALOG, catalog)
    path = os.path.join(catalog, "existing.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    at = text.index(old)
    write(path, text[:at] + new + text[at + len(old):])
    return catalog, 1 + text[:at].count("\n")


def names_the_line(program, scratch, old, new):
    catalog, line = broken_catalogue(scratch, old, new)
    source = project(scratch, "broken-%d" % line, catalog)
    put_stubs(source, ["index"])
    warned, _ = sphinx(source, program)
    where = "existing.yaml:%d: WARNING: " % line
    assert where in warned, "no '%s' in:\n%s" % (where, warned)


FAKE = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
cat >"$2/index.rst" <<'END'
.. From existing.yaml:15

=====
Title
=====

:ref:`nowhere` is not there.

*not closed
END
"""


def page_names_the_line(scratch):
    """What docutils and Sphinx do not like of a page is a matter of YAML, too."""
    fake = os.path.join(scratch, "fake")
    write(fake, FAKE)
    os.chmod(fake, stat.S_IRWXU)
    source = project(scratch, "page", CATALOG)
    put_stubs(source, ["index"])
    warned, _ = sphinx(source, fake)
    for what in ("undefined label", "emphasis start-string"):
        lines = [line for line in warned.splitlines() if what in line.lower()]
        assert lines and "existing.yaml:15: " in lines[0], "%s:\n%s" % (what, warned)


def missing_program(scratch):
    source = project(scratch, "missing", CATALOG)
    put_stubs(source, ["index"])
    warned, _ = sphinx(source, os.path.join(scratch, "there-is-none"))
    assert "there-is-none" in warned, warned
    assert "index.rst:1: WARNING: vma-atlas: no page 'index'" in warned, warned


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        same_pages(program, scratch)
        names_the_line(program, scratch, "map_count: {before: 3", "map_count: {before: 4")
        names_the_line(program, scratch, "title: Merge both", "titel: Merge both")
        page_names_the_line(scratch)
        missing_program(scratch)


try:
    main()
except AssertionError as error:
    sys.exit("kernel-yaml.py: %s" % error)
