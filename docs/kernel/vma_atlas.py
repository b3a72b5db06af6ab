# SPDX-License-Identifier: GPL-2.0-only
"""
Pages on how VMAs merge and split, made from YAML when documentation is built.

    .. vma-atlas:: existing

is replaced by a page that vmatlas writes from its catalogue. To use it in a
kernel tree, copy this file to Documentation/sphinx, add 'vma_atlas' to the
extensions in Documentation/conf.py, and put the catalogue's YAML files into
tools/mm/vma_atlas. The program is found by the environment variable VMATLAS or
the PATH; both can be set in conf.py (vma_atlas_program, vma_atlas_catalog).

Where the catalogue is wrong, or docutils does not like what was made of it, the
warning names the YAML file and the line.
"""

import glob
import os
import re
import subprocess
import tempfile

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import ViewList
from sphinx.util import logging
from sphinx.util.docutils import switch_source_input
from sphinx.util.nodes import nested_parse_with_titles

TIMEOUT = 600
DEFAULT_CATALOG = "tools/mm/vma_atlas"

# What vmatlas writes before all that it made from a line of the catalogue.
POSITION = re.compile(r"^\.\. From (\S+\.yaml):([0-9]+)$")
# What it says of a catalogue that is wrong.
COMPLAINT = re.compile(r"^(.+\.yaml):([0-9]+)(?::[0-9]+)?: (.*)$")

logger = logging.getLogger(__name__)
pages = {}


def source_tree():
    return os.path.abspath(os.environ.get("srctree", "."))


def catalog_of(config):
    return os.path.join(source_tree(), config.vma_atlas_catalog)


def shown(path):
    """A path as warnings have it: relative to the tree, if it is in there."""
    relative = os.path.relpath(path, source_tree())
    return path if relative.startswith("..") else relative


def pass_on(complaints):
    """Each complaint of the program is a warning about a line of YAML."""
    for line in complaints.splitlines():
        match = COMPLAINT.match(line)
        if match:
            where = "%s:%s" % (shown(match.group(1)), match.group(2))
            logger.warning("%s", match.group(3), location=where)
        elif line.strip() and not line.startswith(" "):
            logger.warning("vmatlas: %s", line)


def read_pages(directory):
    for path in glob.glob(os.path.join(directory, "*.rst")):
        with open(path, encoding="utf-8") as page:
            name = os.path.splitext(os.path.basename(path))[0]
            pages[name] = page.read()


def run_program(config, directory):
    command = [config.vma_atlas_program, "emit", "rst", "--flavour", "kernel"]
    command += ["--dot", "inline", "--catalog", catalog_of(config)]
    if config.vma_atlas_terms:
        command += ["--terms", config.vma_atlas_terms]
    command += ["-o", directory]
    done = subprocess.run(
        command, capture_output=True, timeout=TIMEOUT, encoding="utf-8", errors="replace"
    )
    if done.returncode and not done.stderr.strip():
        logger.warning("%s: exit status %d", command[0], done.returncode)
    pass_on(done.stderr)


def make_pages(app):
    """All pages at once, before any document is read."""
    pages.clear()
    with tempfile.TemporaryDirectory() as directory:
        try:
            run_program(app.config, directory)
        except (OSError, subprocess.SubprocessError) as error:
            logger.warning("vma-atlas: %s", error)
        read_pages(directory)


class VmaAtlas(Directive):
    """The page that is named, in place of the directive."""

    required_arguments = 1
    has_content = False

    def note_sources(self, env, catalog):
        for path in glob.glob(os.path.join(catalog, "*.yaml")):
            env.note_dependency(path)

    def lines_of(self, text, catalog):
        """Lines, each with the line of YAML that it was made from."""
        content = ViewList()
        source, number = self.state.document.current_source, self.lineno
        for line in text.splitlines():
            match = POSITION.match(line)
            if match:
                source = shown(os.path.join(catalog, match.group(1)))
                number = int(match.group(2))
            # What is reported is one more than what is put in here.
            content.append(line, source, number - 1)
        return content

    def run(self):
        env = self.state.document.settings.env
        catalog = catalog_of(env.config)
        text = pages.get(self.arguments[0])
        self.note_sources(env, catalog)
        if text is None:
            where = (env.docname, self.lineno)
            logger.warning("vma-atlas: no page '%s'", self.arguments[0], location=where)
            return []
        content = self.lines_of(text, catalog)
        node = nodes.section()
        node.document = self.state.document
        with switch_source_input(self.state, content):
            nested_parse_with_titles(self.state, content, node)
        return node.children


def setup(app):
    program = os.environ.get("VMATLAS", "vmatlas")
    app.add_config_value("vma_atlas_program", program, "env")
    app.add_config_value("vma_atlas_catalog", DEFAULT_CATALOG, "env")
    app.add_config_value("vma_atlas_terms", None, "env")
    app.add_directive("vma-atlas", VmaAtlas)
    app.connect("builder-inited", make_pages)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
