# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx configuration. docs/build.sh stages this beside the generated pages."""

project = "vmatlas"
author = "the vmatlas authors"
extensions = ["sphinx.ext.graphviz"]
exclude_patterns = ["_build"]
nitpicky = True

# Text of the catalogue is to come out as it was written.
smartquotes = False

# A date would make each build differ.
today = "Linux memory management"

highlight_language = "none"
graphviz_output_format = "svg"

html_theme = "furo"
html_title = "vmatlas"
html_static_path = ["_static"]
html_css_files = ["vmatlas.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {
        "font-stack": "Helvetica, Arial, sans-serif",
    },
}

man_pages = [
    ("man", "vmatlas", "an atlas of the ways in which Linux merges and splits VMAs", [], 1),
]
