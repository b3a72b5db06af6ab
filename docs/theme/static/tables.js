// SPDX-License-Identifier: GPL-2.0-only
// Long tables can be asked: by a text, and by the values of a column that has few.
(function () {
	"use strict";

	const ROWS_MIN = 8;
	const VALUES_MAX = 12;
	const VALUE_LONGEST = 40;
	const WORDS_FROM = 45; // letters

	function make(tag, props, ...children) {
		const e = document.createElement(tag);

		Object.assign(e, props);
		e.append(...children);
		return e;
	}

	function text_of(cell) {
		return cell ? cell.textContent.trim().replace(/\s+/g, " ") : "";
	}

	// What can be chosen of a column: nothing if there is too much of it, and no
	// numbers.
	function values(rows, column) {
		const found = new Map();

		for (const row of rows) {
			const text = text_of(row.cells[column]);

			found.set(text, (found.get(text) || 0) + 1);
			if (text.length > VALUE_LONGEST || found.size > VALUES_MAX)
				return [];
		}
		if ([...found.keys()].every((v) => /^[-\d.,/ %]*$/.test(v)))
			return [];
		return found.size > 1 && found.size < rows.length / 1.5 ?
			[...found.keys()].sort() : [];
	}

	// Tables with cells over several rows are no lists.
	function is_list(table) {
		const rows = [...table.tBodies].flatMap((b) => [...b.rows]);

		return table.tHead && rows.length >= ROWS_MIN &&
			!table.querySelector("tbody [rowspan], thead [rowspan]");
	}

	function ask(table) {
		const rows = [...table.tBodies].flatMap((b) => [...b.rows]);
		const heads = [...table.tHead.rows].pop().cells;
		const text = make("input", { type: "search" });
		const count = make("output", {});
		const bar = make("div", { className: "filter" },
			make("label", {}, "Rows with", text));
		const selects = [];

		function show() {
			const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
			let shown = 0;

			for (const row of rows) {
				const here = row.textContent.toLowerCase();
				const fits = words.every((w) => here.includes(w)) &&
					selects.every(([column, s]) => !s.value ||
						text_of(row.cells[column]) === s.value);

				row.hidden = !fits;
				shown += fits;
			}
			count.textContent = shown === rows.length ? "" :
				shown + " of " + rows.length;
		}

		[...heads].forEach((head, column) => {
			const list = values(rows, column);

			if (!list.length || !text_of(head))
				return;
			const s = make("select", {}, make("option", { value: "",
				textContent: "any" }));

			for (const v of list)
				if (v)
					s.append(make("option", { value: v, textContent: v }));
			s.addEventListener("change", show);
			selects.push([column, s]);
			bar.append(make("label", {}, text_of(head), s));
		});
		bar.append(count);
		text.addEventListener("input", show);
		(table.closest("div.wide") || table).before(bar);
	}

	// Cells of a sentence, which the style sheet has a width for.
	function mark_words(table) {
		for (const cell of table.querySelectorAll("tbody td"))
			if (text_of(cell).length >= WORDS_FROM)
				cell.classList.add("words");
	}

	for (const table of document.querySelectorAll("article table")) {
		mark_words(table);
		if (is_list(table))
			ask(table);
	}
})();
