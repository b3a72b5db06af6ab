# SPDX-License-Identifier: GPL-2.0-only
"""What the site needs of Sphinx: figures in the page itself, tables that scroll,
the data of the search, and what a page says of itself.

A figure is part of its page, so that the page's colours, light or dark, are its
own. "vma-figure" takes one that "vmatlas emit svg" drew; what is written for
Graphviz is drawn by it.
"""

import base64
import glob
import html
import json
import os
import re

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.ext import graphviz
from sphinx.util.docutils import SphinxDirective

HERE = os.path.dirname(os.path.abspath(__file__))

# The smallest letter of Graphviz's pictures has 9 points: 12 pixels, and no
# picture is shrunk to where it has less than 11.
DOT_SHRINK = 11.1 / 12

# Of our own, it has 12.
SVG_SHRINK = 11.1 / 12


class vma_figure(nodes.General, nodes.Element):
    """A picture that is in a file as SVG."""


class VmaFigure(SphinxDirective):
    """.. vma-figure:: FILE.svg, with :alt: and :caption:"""

    required_arguments = 1
    option_spec = {
        "alt": directives.unchanged_required,
        "caption": directives.unchanged,
    }

    def run(self):
        rel, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(rel)
        with open(path, encoding="utf-8") as file:
            svg = file.read()
        node = vma_figure(
            svg=svg, alt=self.options["alt"], caption=self.options.get("caption", "")
        )
        node.source, node.line = self.get_source_info()
        return [node]


def picture(svg, alt):
    """An SVG in its box."""
    box = re.search(r'class="moment" viewBox="0 0 (\d+)', svg)
    if box:
        width = int(box.group(1))
        look = 'style="width:%dpx;min-width:%dpx"' % (width * 1.25, width * SVG_SHRINK)
        svg = re.sub(r' width="\d+" height="\d+"', " " + look, svg, count=1)
    label = '<svg role="img" aria-label="%s"' % html.escape(alt, quote=True)
    svg = re.sub(r"<svg\b", lambda _: label, svg, count=1)
    return '<div class="figure-scroll">%s</div>' % svg


def caption(node):
    """What a moment is, and what the drawing itself knows of it."""
    count = re.search(r'data-count="(\d+)"', node["svg"]).group(1)
    locks = re.search(r'data-locks="([^"]*)"', node["svg"]).group(1)
    return '<span class="says">%s</span> Map count %s; %s.' % (
        html.escape(node["caption"]),
        count,
        "locked: " + locks if locks else "nothing locked",
    )


def visit_vma_figure(self, node):
    self.body.append(
        '<figure class="vma">%s<figcaption>%s</figcaption></figure>\n'
        % (picture(node["svg"], node["alt"]), caption(node))
    )
    raise nodes.SkipNode


def skip_vma_figure(self, node):
    raise nodes.SkipNode


def inline_svg(text, classes):
    """Of a file that Graphviz wrote, what can stand in a page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"<title>.*?</title>\n?", "", text, flags=re.S)
    text = re.sub(r' (id|xmlns(:\w+)?|font-family)="[^"]*"', "", text)
    text = re.sub(r"\n+", "\n", text)
    size = re.search(r'width="(\d+)pt" height="(\d+)pt"', text)
    width = int(size.group(1)) * 4 / 3
    return text.replace(
        size.group(0),
        'class="dot %s" style="width:%dpx;min-width:%dpx;max-width:100%%"'
        % (classes, width, width * DOT_SHRINK),
        1,
    )


def visit_graphviz(self, node):
    _, path = graphviz.render_dot(self, node["code"], node["options"], "svg")
    with open(path, encoding="utf-8") as file:
        svg = inline_svg(file.read(), " ".join(node.get("classes", [])))
    self.body.append(picture(svg, node.get("alt", "")))
    raise nodes.SkipNode


# ---- the front page ----------------------------------------------------------------

# Those of the mail, in its order.
MAIL = [
    "existing-merge-both",
    "existing-merge-left-full",
    "existing-merge-left-partial",
    "existing-merge-right-full",
    "existing-merge-right-partial",
    "new-merge-both",
    "new-merge-left",
    "new-merge-right",
    "split-new-below",
    "split-new-above",
]

NUMBERS = "no one two three four five six seven eight nine ten".split()


class vma_grid(nodes.General, nodes.Element):
    """Small drawings of cases, each a link."""


def drawn(srcdir, case):
    """The drawings of a case, one a moment."""
    names = glob.glob(os.path.join(srcdir, "cases", case + "-*.svg"))
    moments = {}
    for name in names:
        number = os.path.basename(name)[len(case) + 1 : -len(".svg")]
        if number.isdigit():
            with open(name, encoding="utf-8") as file:
                moments[int(number)] = file.read()
    return [moments[i] for i in sorted(moments)]


def misses(srcdir, case):
    """A sequence is drawn of a case in which a read can miss pages."""
    return os.path.exists(os.path.join(srcdir, "cases", case + "-reader.dot"))


BOX = re.compile(
    r'<g class="(vma [^"]*|slot bare)" [^>]*>'
    r'<rect x="(\d+)" y="(\d+)" width="(\d+)"'
)


def row(svg, y, low, scale):
    """The VMAs of a moment as boxes in one row."""
    boxes = []
    for kind, x, _, width in BOX.findall(svg):
        if not kind.startswith("vma") or " freed" in kind:
            continue
        boxes.append(
            '<g class="%s"><rect x="%.1f" y="%d" width="%.1f" height="16" '
            'stroke-width="1.2"/></g>'
            % (kind, (int(x) - low) * scale + 1, y, int(width) * scale)
        )
    return "".join(boxes)


def small(svgs):
    """Before over after."""
    places = [
        (int(x), int(x) + int(width))
        for svg in (svgs[0], svgs[-1])
        for kind, x, _, width in BOX.findall(svg)
        if kind.startswith("vma")
    ]
    low = min(x for x, _ in places)
    scale = 158 / max(1, max(x for _, x in places) - low)
    return (
        '<svg class="moment small" viewBox="0 0 160 52" aria-hidden="true">%s'
        '<path class="arrow" d="M80 20v10m-4 -4l4 4l4 -4"/>%s</svg>'
        % (row(svgs[0], 1, low, scale), row(svgs[-1], 34, low, scale))
    )


class VmaGrid(SphinxDirective):
    """.. vma-grid:: mail, or others"""

    required_arguments = 1

    def run(self):
        ids = MAIL
        if self.arguments[0] != "mail":
            found = glob.glob(os.path.join(self.env.srcdir, "cases", "*-0.svg"))
            ids = [os.path.basename(f)[: -len("-0.svg")] for f in sorted(found)]
            ids = [i for i in ids if i not in MAIL]
        return [vma_grid(ids=ids)]


class VmaFinding(SphinxDirective):
    """The finding, with its number."""

    def run(self):
        nr = sum(misses(self.env.srcdir, case) for case in MAIL)
        text = (
            "In **%s of the ten cases** a reader of ``/proc/PID/maps`` can miss pages "
            "that are mapped all the time: :doc:`watch it <watch>`, :doc:`how <reader>`, and "
            ":doc:`on a running kernel <race>`." % NUMBERS[nr]
        )
        node = nodes.container(classes=["finding"])
        self.state.nested_parse(
            StringList([text], self.get_source_info()[0]), self.content_offset, node
        )
        return [node]


def short_title(env, case):
    """A merge of a new range has the name of one of an existing VMA."""
    title = env.titles["cases/" + case].astext()
    if case.startswith("new-"):
        return "New: " + title[0].lower() + title[1:]
    return title


def visit_vma_grid(self, node):
    env = self.builder.env
    items = []
    for case in node["ids"]:
        docname = "cases/" + case
        href = self.builder.get_relative_uri(self.builder.current_docname, docname)
        mark = ""
        if misses(env.srcdir, case):
            mark = '<span class="missed">a read can miss pages</span>'
        items.append(
            '<li><a href="%s">%s<span>%s</span>%s</a></li>'
            % (
                href,
                small(drawn(env.srcdir, case)),
                html.escape(short_title(env, case)),
                mark,
            )
        )
    self.body.append('<ul class="grid">%s</ul>\n' % "".join(items))
    raise nodes.SkipNode


# ---- the search --------------------------------------------------------------------


def own_text(section):
    """The text of a section, without that of the sections in it."""
    parts = []
    for node in section.children:
        if isinstance(node, (nodes.section, nodes.title, nodes.comment, nodes.raw)):
            continue
        if isinstance(node, (vma_figure, graphviz.graphviz)):
            continue
        parts.append(node.astext())
    return re.sub(r"\s+", " ", " ".join(parts)).strip()


def sections(app, docname):
    """What the search knows of a page: each of its sections."""
    doctree = app.env.get_doctree(docname)
    page_title = app.env.titles[docname].astext()
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        top = isinstance(section.parent, nodes.document)
        yield {
            "page": docname,
            "page_title": page_title,
            "title": title.astext() if title else page_title,
            "anchor": "" if top else section["ids"][0],
            "text": own_text(section),
        }


def static(app, name):
    """Where a file that a page loads is written."""
    path = os.path.join(app.outdir, "_static", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def write_search(app):
    """The search's own page, and its data as a script: file:// may load that."""
    found = []
    for docname in sorted(app.env.found_docs):
        found.extend(sections(app, docname))
    with open(static(app, "search-data.js"), "w", encoding="utf-8") as file:
        file.write("window.search_data = ")
        json.dump(found, file, ensure_ascii=False, indent=0)
        file.write(";\n")
    yield "search", {"title": "Search"}, "search.html"


# ---- the page to play with -----------------------------------------------------------


def write_try(app):
    """The program for try.html, in a script: file:// may load nothing else."""
    with open(os.environ["WASM"], "rb") as file:
        wasm = base64.b64encode(file.read()).decode()
    cases = {
        name[len("cases/") :]: {"href": name + ".html", "title": title.astext()}
        for name, title in app.env.titles.items()
        if name.startswith("cases/")
    }
    with open(static(app, "try-data.js"), "w", encoding="utf-8") as file:
        file.write('window.vmatlas_wasm = "%s";\n' % wasm)
    with open(static(app, "cases.js"), "w", encoding="utf-8") as file:
        file.write("window.vmatlas_cases = %s;\n" % json.dumps(cases, sort_keys=True))
    return []


# ---- pages ----------------------------------------------------------------------------


def first_paragraph(doctree):
    for node in doctree.findall(nodes.paragraph):
        if not isinstance(node.parent, (nodes.section, nodes.document)):
            continue
        text = re.sub(r"\s+", " ", node.astext())
        return text if len(text) < 200 else text[:197].rsplit(" ", 1)[0] + " ..."
    return ""


CAPTION = re.compile(r'<p class="caption"[^>]*><span[^>]*>(.*?)</span></p>')


def menu(toctree):
    """All pages in groups, of which that of this page is open, or else the first."""
    parts = CAPTION.split(toctree)[1:]
    groups = list(zip(parts[::2], parts[1::2]))
    here = [i for i, (_, pages) in enumerate(groups) if 'class="current' in pages]
    return "".join(
        "<details%s><summary>%s</summary>%s</details>\n"
        % (" open" if i == (here or [0])[0] else "", title, pages.strip())
        for i, (title, pages) in enumerate(groups)
    )


WHOLE = re.compile(
    r'<span class="pre">((?:-|[^<]{,10}-&gt;)[^<]{,20}|[^<]{1,12})</span>'
)


def page_context(app, pagename, templatename, context, doctree):
    """What the theme's layout asks for."""
    scripts = []
    if doctree is not None and next(doctree.findall(vma_figure), None):
        scripts.append("player.js")
    if "<table" in context.get("body", ""):
        scripts.append("tables.js")
    if pagename == "try":
        scripts += ["player.js", "cases.js", "try-data.js", "try-examples.js", "try.js"]
    if pagename == "watch":
        scripts += ["cases.js", "interleavings.js", "watch.js"]
    if pagename == "search":
        scripts += ["search-data.js", "search.js"]
    context["page_scripts"] = scripts
    context["menu"] = menu
    case = pagename.removeprefix("cases/").removeprefix("reader-")
    if pagename.startswith("cases/") and misses(app.srcdir, case):
        watch = (
            '<p class="watch"><a href="../watch.html#case=%s&amp;reader=upstream">Watch a read '
            "miss pages, step by step</a></p>" % case
        )
        # Before the drawing of it, or else at the end.
        body, at = context["body"], context["body"].find('<div class="figure-scroll"')
        if "/reader-" not in pagename or at < 0:
            at = len(body)
        context["body"] = body[:at] + watch + body[at:]
    # A head without a text heads nothing.
    body = re.sub(
        r"<th( class=\"[^\"]*\")></th>", r"<td\1></td>", context.get("body", "")
    )
    # Neither "->close" nor "--trace" is broken at its hyphen.
    context["body"] = WHOLE.sub(r'<span class="pre whole">\1</span>', body)
    context["project_description"] = app.config.project_description
    if doctree is not None:
        context["description"] = first_paragraph(doctree)


def builder_inited(app):
    if app.builder.name == "html":
        # Sphinx's own search loads pages, which file:// does not allow.
        app.builder.search = False
        translator = app.builder.get_translator_class()
        if not getattr(translator, "vma_tables", False):
            wrap_tables(translator)


def wrap_tables(translator):
    visit, depart = translator.visit_table, translator.depart_table

    def visit_table(self, node):
        self.body.append('<div class="wide">\n')
        visit(self, node)

    def depart_table(self, node):
        depart(self, node)
        self.body.append("</div>\n")

    translator.visit_table = visit_table
    translator.depart_table = depart_table
    translator.vma_tables = True


def setup(app):
    app.setup_extension("sphinx.ext.graphviz")
    app.add_config_value("project_description", "", "html")
    app.add_html_theme("vmatlas", HERE)
    app.add_node(
        vma_figure,
        html=(visit_vma_figure, None),
        man=(skip_vma_figure, None),
    )
    app.add_node(
        graphviz.graphviz,
        override=True,
        html=(visit_graphviz, None),
        man=(graphviz.man_visit_graphviz, None),
    )
    app.add_node(
        vma_grid,
        html=(visit_vma_grid, None),
        man=(skip_vma_figure, None),
    )
    app.add_directive("vma-figure", VmaFigure)
    app.add_directive("vma-grid", VmaGrid)
    app.add_directive("vma-finding", VmaFinding)
    app.connect("builder-inited", builder_inited)
    app.connect("html-page-context", page_context)
    app.connect("html-collect-pages", write_search)
    app.connect("html-collect-pages", write_try)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
