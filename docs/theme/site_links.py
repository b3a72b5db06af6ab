# SPDX-License-Identifier: GPL-2.0-only
"""Links where a person would click: the first mention on a page of a word of the
glossary, of a function of the kernel, and of a system call."""

import re

from docutils import nodes

# The release whose rules these pages are about unless they say otherwise.
BROWSER = "https://elixir.bootlin.com/linux/%s/C/ident/%s"
RELEASE = "v7.3"
# What is gone by then, and where it was last.
GONE = {"vma_merge": "v6.11"}
MANUAL = "https://man7.org/linux/man-pages/man2/%s.2.html"

# Of pages about this project itself, functions are mostly its own.
OWN = {
    "design", "contributing", "add-a-case", "man", "kselftest", "kernel-docs", "mutants",
}

# Of system calls, the page that describes them, if it has another name.
CALLS = {
    name: name
    for name in (
        "mmap munmap mprotect mremap madvise brk mlock munlock mlockall mbind mseal "
        "prctl shmat shmdt execve fork remap_file_pages process_madvise userfaultfd "
        "set_mempolicy_home_node read"
    ).split()
}
CALLS.update(
    mlock2="mlock", munlockall="mlockall", pkey_mprotect="mprotect",
    ioctl_userfaultfd="ioctl_userfaultfd",
)

KERNEL = re.compile(
    r"_*(vma|vms|vm_area|mas|mt|mtree|can_vma|can_merge|commit|split_vma|"
    r"is_mergeable|dup_anon|anon_vma|copy_vma|relocate_vma|shift_arg|setup_arg|do_vmi|"
    r"do_brk|do_mmap|do_munmap|expand_stack|lock_next|lock_vma|query_vma|query_match|"
    r"mmap_region|mmap_new_vma|mmap_prepare|mmap_write|mmap_read|mmap_lock|"
    r"mprotect_fixup|mlock_fixup|madvise_|find_vma|find_mergeable|reusable_anon|"
    r"init_multi|insert_vm|unlink_|free_pgtables|remove_vma|proc_|m_start|m_next|"
    r"get_next_vma|get_unmapped|unmapped_area|install_special|calc_vm|raw_seqcount|"
    r"uprobe_|userfaultfd_|task_mem|show_map|show_smap)\w*"
)

NAME = re.compile(r"\b([a-z_][a-z0-9_]*)\(\)")


def address(name):
    if name in CALLS:
        return MANUAL % CALLS[name]
    if KERNEL.fullmatch(name):
        return BROWSER % (GONE.get(name, RELEASE), name)
    return None


class Linker:
    """One page: what was linked already, and the words that there are."""

    def __init__(self, app, docname):
        self.app = app
        self.docname = docname
        self.done = set()
        self.own = docname in OWN
        self.terms = terms(app)
        words = sorted(self.terms, key=len, reverse=True)
        # "the next read" is no VMA.
        self.word = re.compile(
            r"(?<![\w/`-])(?!(?<=[Tt]he )(?:next|middle))(?!next (?:to|one)\b)"
            r"(%s)s?(?![\w-])" % "|".join(map(re.escape, words))
        )

    def reference(self, text, uri, **more):
        return nodes.reference("", text, refuri=uri, internal=False, **more)

    def term(self, text, word):
        base = self.app.builder.get_relative_uri(self.docname, "glossary")
        return nodes.reference(
            "", text, refuri="%s#%s" % (base, self.terms[word]), internal=True,
            classes=["word"],
        )

    def found(self, text):
        """The first thing in a text that is to be a link, and which link."""
        best = None
        for match in () if self.own else NAME.finditer(text):
            uri = address(match.group(1))
            if uri and match.group(1) not in self.done:
                best = (match, self.reference(match.group(0), uri), match.group(1))
                break
        if self.docname == "glossary":
            return best
        for match in self.word.finditer(text):
            if match.group(1) in self.done:
                continue
            if not best or match.start() < best[0].start():
                word = match.group(1)
                best = (match, self.term(match.group(0), word), word)
            break
        return best

    def text(self, node):
        rest, parts = node.astext(), []
        while found := self.found(rest):
            match, link, name = found
            self.done.add(name)
            parts += [nodes.Text(rest[: match.start()]), link]
            rest = rest[match.end() :]
        if parts:
            node.parent.replace(node, [p for p in parts if p.astext()] + [nodes.Text(rest)])

    def literal(self, node):
        match = not self.own and NAME.fullmatch(node.astext())
        uri = match and address(match.group(1))
        if uri and match.group(1) not in self.done:
            self.done.add(match.group(1))
            link = nodes.reference("", "", refuri=uri, internal=False)
            node.replace_self(link)
            link += node


def terms(app):
    """The words of the glossary, and where each is."""
    objects = app.env.domaindata["std"]["objects"]
    return {
        name: anchor
        for (kind, name), (docname, anchor) in objects.items()
        if kind == "term"
    }


def is_plain(node):
    """In the running text, and no link yet."""
    while node.parent is not None:
        node = node.parent
        if isinstance(
            node,
            (nodes.reference, nodes.title, nodes.literal_block, nodes.term,
             nodes.caption, nodes.FixedTextElement, nodes.strong, nodes.thead),
        ):
            return False
    return True


def link_page(app, doctree, docname):
    if app.builder.name != "html":
        return
    linker = Linker(app, docname)
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if not is_plain(paragraph):
            continue
        for node in list(paragraph.findall()):
            if isinstance(node, nodes.literal) and is_plain(node):
                linker.literal(node)
            elif isinstance(node, nodes.Text) and is_plain(node):
                if not isinstance(node.parent, nodes.literal):
                    linker.text(node)


def setup(app):
    app.connect("doctree-resolved", link_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
