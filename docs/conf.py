# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx configuration. docs/build.sh stages this beside the generated pages."""

import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "theme"))

project = "vmatlas"
author = "the vmatlas authors"
project_description = "How Linux merges and splits VMAs: every case, step by step."
extensions = ["site_pages", "site_links"]
exclude_patterns = ["_build", "patches", "theme"]
nitpicky = True

# Text of the catalogue is to come out as it was written.
smartquotes = False

# A date would make each build differ.
today = "Linux memory management"

highlight_language = "none"
graphviz_output_format = "svg"

html_theme = "vmatlas"
html_title = "vmatlas"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False

man_pages = [
    ("man", "vmatlas", "an atlas of the ways in which Linux merges and splits VMAs", [], 1),
]
for page in sorted(glob.glob("commands/vmatlas-*.rst", root_dir=os.path.dirname(__file__))):
    with open(os.path.join(os.path.dirname(__file__), page), encoding="utf-8") as file:
        what = re.search(r"only:: html\n\n   (.*)\.\n", file.read()).group(1)
    name = page[len("commands/") : -len(".rst")]
    man_pages.append((page[: -len(".rst")], name, what, [], 1))
