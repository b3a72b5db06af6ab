// SPDX-License-Identifier: GPL-2.0-only
// Long tables can be asked: by a text, and by the values of a column that has few.
(function () {
	"use strict";

	const ROWS_MIN = 8;
	const VALUES_MAX = 24;
	const VALUE_LONGEST = 32; // letters
	const SELECTS_MAX = 5; // of which more are folded away

	const ITEMS_MAX = 5; // of a cell that is a list

	// Of a cell, the letters that are to fit a line where the window is narrow.
	const LINE_MAX = 28;
	const NUMBER_MAX = 9; // letters that are never broken
	const REM_A_LETTER = 0.46;

	const STACK_MAX = 7; // columns
	const ROWS_FIRST = 12; // of a long table on a phone
	const narrow = matchMedia("(max-width: 40em)");

	function make(tag, props, ...children) {
		const e = document.createElement(tag);

		Object.assign(e, props);
		e.append(...children);
		return e;
	}

	function text_of(cell) {
		return cell ? cell.textContent.trim().replace(/\s+/g, " ") : "";
	}

	// "prev: extend, middle: delete" has two; whose they are is not asked.
	const known = new Map(); // by cell, as it was before it was folded

	function items(cell) {
		if (!known.has(cell))
			known.set(cell, text_of(cell).split(", ").map((item) =>
				item.replace(/^\w+: /, "")));
		return known.get(cell);
	}

	// A long list of calls or cases stands behind their number.
	function fold(table) {
		for (const cell of table.querySelectorAll("tbody td")) {
			const nr = items(cell).length;

			if (nr > ITEMS_MAX && items(cell).every((i) => /^[\w()-]+$/.test(i)))
				cell.replaceChildren(make("details", {},
					make("summary", { textContent: nr }),
					...cell.childNodes));
		}
	}

	// What can be chosen of a column: nothing if there is too much of it, and no
	// numbers.
	function values(rows, column) {
		const found = new Map();
		let nr = 0;

		for (const row of rows) {
			for (const item of items(row.cells[column])) {
				found.set(item, (found.get(item) || 0) + 1);
				nr++;
				if (item.length > VALUE_LONGEST || found.size > VALUES_MAX)
					return [];
			}
		}
		found.delete("-");
		if ([...found.keys()].every((v) => /^[-\d.,/ %>]*$/.test(v)))
			return [];
		return found.size && found.size < nr / 1.5 ? [...found.keys()].sort() : [];
	}

	// A cell over several rows makes one of them: here they are told by the first.
	function groups(table) {
		const list = [];
		let left = 0;

		for (const row of [...table.tBodies].flatMap((b) => [...b.rows])) {
			if (left > 0) {
				list[list.length - 1].push(row);
				left--;
			} else {
				list.push([row]);
				left = Math.max(...[...row.cells].map((c) => c.rowSpan)) - 1;
			}
		}
		return list;
	}

	function is_list(table) {
		return table.tHead && groups(table).length >= ROWS_MIN;
	}

	function ask(table) {
		const all = groups(table);
		const firsts = all.map((rows) => rows[0]);
		const heads = [...table.tHead.rows].pop().cells;
		const text = make("input", { type: "search" });
		const count = make("output", {});
		const bar = make("div", { className: "filter" },
			make("label", {}, "Rows with", text));
		const selects = [];

		function show() {
			const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
			let shown = 0;

			for (const rows of all) {
				const here = rows.map((r) => r.textContent).join(" ")
					.toLowerCase();
				const fits = words.every((w) => here.includes(w)) &&
					selects.every(([column, s]) => !s.value ||
						items(rows[0].cells[column]).includes(s.value));

				for (const row of rows)
					row.hidden = !fits;
				shown += fits;
			}
			count.textContent = shown === all.length ? "" :
				shown + " of " + all.length;
			// Who asks wants every row that fits.
			table.dataset.whole = "";
			shorten(table);
		}

		[...heads].forEach((head, column) => {
			const list = values(firsts, column);

			if (!list.length || !text_of(head))
				return;
			const s = make("select", {}, make("option", { value: "",
				textContent: "any" }));

			for (const v of list)
				s.append(make("option", { value: v, textContent: v }));
			s.addEventListener("change", show);
			selects.push([column, s]);
		});
		const labels = selects.map(([column, s]) =>
			make("label", {}, text_of(heads[column]), s));

		if (labels.length > SELECTS_MAX)
			bar.append(make("details", {},
				make("summary", { textContent: "By column" }), ...labels));
		else
			bar.append(...labels);
		bar.append(count);
		text.addEventListener("input", show);
		(table.closest("div.wide") || table).before(bar);
	}

	// How wide a cell wants to be at the least, which the style sheet heeds.
	function measure(table) {
		for (const cell of table.querySelectorAll("tbody td, tbody th")) {
			const lines = cell.innerText.trim().split("\n");
			const longest = Math.max(...lines.map((l) => l.length));

			if (longest < NUMBER_MAX)
				cell.style.whiteSpace = "nowrap";
			if (cell.colSpan === 1 && !cell.querySelector("pre"))
				cell.style.setProperty("--room", REM_A_LETTER *
					Math.min(longest, LINE_MAX) + 1.2 + "rem");
		}
	}

	// What a column is called, for each cell of it: one over several rows counts in
	// each of them.
	function label(table) {
		const heads = [...[...table.tHead.rows].pop().cells];
		const over = []; // rows that a cell from above still covers, by column

		for (const rows of groups(table))
			rows[0].classList.add("first");
		for (const row of [...table.tBodies].flatMap((b) => [...b.rows])) {
			let column = 0;

			for (const cell of row.cells) {
				for (; over[column] > 0; column++)
					over[column]--;
				if (cell.colSpan === 1)
					cell.dataset.label = text_of(heads[column]);
				if (/^[-\u2013]?$/.test(text_of(cell)))
					cell.dataset.empty = "";
				for (let i = 0; i < cell.colSpan; i++)
					over[column++] = cell.rowSpan - 1;
			}
			for (; column < over.length; column++)
				over[column]--;
		}
	}

	function is_plain(table) {
		return table.tHead && table.tHead.rows.length === 1 &&
			[...table.tHead.rows[0].cells].every((c) => c.colSpan === 1);
	}

	// Where the window is narrow, a table that does not fit is told row by row; one
	// of many columns is scrolled, with its first one in place.
	function fit(table) {
		const box = table.closest("div.wide");

		table.classList.remove("stack", "pinned");
		if (!box || !narrow.matches || box.scrollWidth <= box.clientWidth + 1)
			return;
		if (is_plain(table) && table.tHead.rows[0].cells.length <= STACK_MAX)
			table.classList.add("stack");
		else
			table.classList.add("pinned");
	}

	function fit_all() {
		document.querySelectorAll("article table").forEach((table) => {
			fit(table);
			shorten(table);
		});
	}

	// Of a long table a phone shows the first rows, and at a button the rest.
	function shorten(table) {
		const box = table.closest("div.wide");
		const all = box ? groups(table) : [];
		let button = box && box.nextElementSibling;

		if (all.length <= ROWS_FIRST * 1.5 || table.querySelector("tr[id]"))
			return;
		if (!button || !button.matches("button.all")) {
			button = make("button", { type: "button", className: "all",
				textContent: "All " + all.length + " rows" });
			button.addEventListener("click", () => {
				table.dataset.whole = "";
				shorten(table);
			});
			box.after(button);
		}
		const short = narrow.matches && table.dataset.whole === undefined;

		all.forEach((rows, i) => rows.forEach((row) =>
			row.classList.toggle("later", short && i >= ROWS_FIRST)));
		button.hidden = !short;
	}

	for (const table of document.querySelectorAll("article table")) {
		measure(table);
		if (is_plain(table))
			label(table);
		if (is_list(table)) {
			ask(table);
			fold(table);
		}
	}
	fit_all();
	narrow.addEventListener("change", fit_all);
	addEventListener("resize", fit_all);
})();
