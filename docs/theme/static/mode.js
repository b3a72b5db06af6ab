// SPDX-License-Identifier: GPL-2.0-only
// Light or dark as the system has it, or as the button says. Loaded before the
// page is drawn, so that it does not flash.
(function () {
	"use strict";

	const LINES_MAX = 36; // of a text that is shown whole
	const root = document.documentElement;
	const system = matchMedia("(prefers-color-scheme: dark)");

	function kept() {
		try {
			return localStorage.getItem("mode");
		} catch (e) {
			return null; // no storage for this origin
		}
	}

	function keep(mode) {
		try {
			localStorage.setItem("mode", mode);
		} catch (e) {
			// then it is for this page only
		}
	}

	function show(mode) {
		const button = document.querySelector("button.mode");

		root.dataset.mode = mode;
		if (button) {
			button.hidden = false;
			button.textContent = mode === "dark" ? "Light" : "Dark";
		}
	}

	function current() {
		return kept() || (system.matches ? "dark" : "light");
	}

	root.classList.add("js");
	show(current());
	system.addEventListener("change", () => show(current()));

	document.addEventListener("DOMContentLoaded", () => {
		const menu = document.querySelector("button.menu");
		const pages = document.getElementById("pages");

		show(current());
		document.querySelector("button.mode").addEventListener("click", () => {
			const mode = root.dataset.mode === "dark" ? "light" : "dark";

			keep(mode);
			show(mode);
		});
		menu.hidden = false;
		menu.addEventListener("click", () => {
			const open = pages.classList.toggle("open");

			menu.setAttribute("aria-expanded", String(open));
		});
		follow();
		fold();
		reach();
	});

	// A text longer than a window shows its beginning, and at a button the rest.
	function fold() {
		for (const pre of document.querySelectorAll("article pre")) {
			const lines = pre.textContent.trimEnd().split("\n").length;
			const button = document.createElement("button");

			if (lines <= LINES_MAX || pre.closest("td, details"))
				continue;
			pre.classList.add("folded");
			button.type = "button";
			button.className = "all";
			button.textContent = "All " + lines + " lines";
			button.addEventListener("click", () => {
				pre.classList.remove("folded");
				button.remove();
			});
			(pre.closest("div[class*='highlight-']") || pre).after(button);
		}
	}

	// The heading that is being read, in the list of them.
	function follow() {
		const links = new Map();

		for (const a of document.querySelectorAll("nav.here a[href^='#']")) {
			const id = decodeURIComponent(a.hash.slice(1));
			const target = id && document.getElementById(id);

			if (target)
				links.set(target.querySelector("h1, h2, h3, h4") || target, a);
		}
		if (!links.size)
			return;

		function mark() {
			let now = null;

			for (const [heading, a] of links) {
				a.removeAttribute("aria-current");
				if (heading.getBoundingClientRect().top < 120)
					now = a;
			}
			if (now)
				now.setAttribute("aria-current", "true");
		}

		addEventListener("scroll", mark, { passive: true });
		mark();
	}

	// What scrolls sideways must be reached by keyboard, too.
	function reach() {
		const boxes = "pre, div.wide, div.figure-scroll";

		function edge(box) {
			box.classList.toggle("at-end", box.scrollLeft +
				box.clientWidth >= box.scrollWidth - 2);
		}

		function look() {
			for (const box of document.querySelectorAll(boxes)) {
				const wide = box.scrollWidth > box.clientWidth + 1;

				box.classList.toggle("scrolls", wide);
				edge(box);
				if (wide) {
					box.tabIndex = 0;
					if (!box.hasAttribute("role")) {
						box.setAttribute("role", "group");
						box.setAttribute("aria-label", "scrolls sideways");
					}
				} else if (box.tabIndex === 0) {
					box.removeAttribute("tabindex");
				}
			}
		}

		addEventListener("resize", look);
		document.addEventListener("scroll", (e) => {
			if (e.target.classList && e.target.classList.contains("scrolls"))
				edge(e.target);
		}, { capture: true, passive: true });
		look();
	}
})();
