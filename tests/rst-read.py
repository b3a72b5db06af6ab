#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Read rst pages with docutils and print the text of what is in them.

Each title, paragraph, cell and so on is a line: what it is, a tab, its text.
If docutils finds anything wrong, only that is printed, to stderr, and the exit
status is 1. The directives and roles of Sphinx and of the kernel are stood in for.
"""

import io
import re
import sys

import docutils.core
import docutils.nodes as nodes
from docutils.parsers.rst import Directive, directives, roles


class Graph(Directive):
    """kernel-render, graphviz and vma-figure: the caption is parsed, the body is kept."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {
        "alt": directives.unchanged,
        "caption": directives.unchanged,
        "class": directives.class_option,
    }

    def run(self):
        figure = nodes.figure()
        figure += nodes.comment(text="\n".join(self.content))
        if "caption" in self.options:
            # As Sphinx and the kernel do it.
            from docutils.statemachine import StringList

            holder = nodes.Element()
            self.state.nested_parse(
                StringList([self.options["caption"]], source=""), self.content_offset, holder
            )
            for node in holder.children:
                if not isinstance(node, nodes.paragraph):
                    raise self.error("the caption is no paragraph: %s" % node)
                figure += nodes.caption(node.rawsource, "", *node.children)
        if "alt" in self.options:
            figure += nodes.inline("alt", self.options["alt"], classes=["alt"])
        return [figure]


class Figure(Directive):
    """kernel-figure: the caption is what is in it."""

    has_content = True
    required_arguments = 1
    option_spec = {"alt": directives.unchanged}

    def run(self):
        figure = nodes.figure()
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        for node in holder.children:
            figure += nodes.caption(node.rawsource, "", *node.children)
        figure += nodes.inline("alt", self.options["alt"], classes=["alt"])
        return [figure]


class Toctree(Directive):
    has_content = True
    option_spec = {"maxdepth": int, "hidden": directives.flag}

    def run(self):
        return []


def ref(name, rawtext, text, lineno, inliner, options=None, content=None):
    # The title of an explicit target is what stands before it.
    shown = re.sub(r"\s*<[^<]*>$", "", text)
    return [nodes.inline(rawtext, shown.replace("\x00", ""))], []


def function(name, rawtext, text, lineno, inliner, options=None, content=None):
    # With "!" it is no link.
    return [nodes.literal(rawtext, text.lstrip("!") + "()")], []


KINDS = (
    nodes.title,
    nodes.subtitle,
    nodes.paragraph,
    nodes.caption,
    nodes.line,
    nodes.literal_block,
    nodes.field_name,
)


def read(path, out):
    settings = {
        "report_level": 2,
        "halt_level": 5,
        "doctitle_xform": False,
        "file_insertion_enabled": False,
        "warning_stream": io.StringIO(),
    }
    with open(path, encoding="utf-8") as file:
        text = file.read()
    document = docutils.core.publish_doctree(text, source_path=path, settings_overrides=settings)
    for node in document.findall():
        if isinstance(node, nodes.inline) and "alt" in node["classes"]:
            kind = "alt"
        elif isinstance(node, KINDS):
            kind = node.tagname
        else:
            continue
        if isinstance(node.parent, nodes.system_message):
            continue
        text = node.astext()
        if kind != "literal_block":
            text = re.sub("[ \n]+", " ", text).strip(" ")
        print(kind, text.replace("\n", "\\n"), sep="\t", file=out)
    return settings["warning_stream"].getvalue()


def main():
    for name in ("kernel-render", "graphviz", "vma-figure"):
        directives.register_directive(name, Graph)
    directives.register_directive("kernel-figure", Figure)
    directives.register_directive("toctree", Toctree)
    roles.register_local_role("ref", ref)
    roles.register_local_role("doc", ref)
    roles.register_local_role("c:func", function)
    out = io.StringIO()
    wrong = "".join([read(path, out) for path in sys.argv[1:]])
    if wrong:
        sys.exit(wrong)
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(out.getvalue())


main()
