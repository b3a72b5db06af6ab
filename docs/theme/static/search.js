// SPDX-License-Identifier: GPL-2.0-only
// Search in what the build wrote to search-data.js: sections, each with its page,
// title, anchor and text. No server, so it works from file://, too.
(function () {
	"use strict";

	const MAX = 40;
	const AROUND = 90; // characters on each side of a word found

	const input = document.getElementById("q");
	const found = document.getElementById("found");
	const list = document.getElementById("results");
	const root = document.body.dataset.root || "";

	function words(text) {
		return text.toLowerCase().match(/[\p{L}\p{N}_.\-\/]+/gu) || [];
	}

	// How often a word begins with the text that is looked for.
	function count(text, word) {
		let n = 0;
		let at = text.indexOf(word);

		while (at >= 0 && n < 5) {
			if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]))
				n++;
			at = text.indexOf(word, at + word.length);
		}
		return n;
	}

	function score(section, query) {
		let sum = 0;

		for (const word of query) {
			const here = 8 * count(section.lower_title, word) +
				     4 * count(section.lower_page, word) +
				     count(section.lower_text, word);

			if (!here)
				return 0;
			sum += here;
		}
		return sum;
	}

	function excerpt(section, query) {
		const p = document.createElement("p");
		let at = -1;

		for (const word of query) {
			at = section.lower_text.indexOf(word);
			if (at >= 0)
				break;
		}
		const from = Math.max(0, at - AROUND);
		const text = section.text.slice(from, Math.max(at, 0) + 2 * AROUND);
		const marks = new RegExp("(" + query.map((w) =>
			w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") + ")", "gi");

		if (from)
			p.append("... ");
		text.split(marks).forEach((part, i) => {
			if (i % 2) {
				const mark = document.createElement("mark");

				mark.textContent = part;
				p.append(mark);
			} else {
				p.append(part);
			}
		});
		return p;
	}

	function item(section, query) {
		const li = document.createElement("li");
		const a = document.createElement("a");

		a.href = root + section.page + ".html" +
			 (section.anchor ? "#" + section.anchor : "");
		a.textContent = section.page_title === section.title ?
			section.title : section.page_title + ": " + section.title;
		li.append(a, excerpt(section, query));
		return li;
	}

	function search(text) {
		const query = [...new Set(words(text))];
		const hits = [];

		list.replaceChildren();
		found.textContent = "";
		if (!query.length)
			return;
		for (const section of window.search_data) {
			const s = score(section, query);

			if (s)
				hits.push([s, section]);
		}
		hits.sort((a, b) => b[0] - a[0]);
		found.textContent = hits.length === 1 ? "One section." :
			hits.length + " sections" +
			(hits.length > MAX ? ", the best " + MAX + ":" : ".");
		for (const [, section] of hits.slice(0, MAX))
			list.append(item(section, query));
	}

	for (const section of window.search_data) {
		section.lower_title = section.title.toLowerCase();
		section.lower_page = section.page_title.toLowerCase();
		section.lower_text = section.text.toLowerCase();
	}
	input.value = new URLSearchParams(location.search).get("q") || "";
	search(input.value);
	input.addEventListener("input", () => {
		search(input.value);
		history.replaceState(null, "", "?q=" + encodeURIComponent(input.value));
	});
	input.form.addEventListener("submit", (e) => e.preventDefault());
	if (!input.value)
		input.focus();
})();
