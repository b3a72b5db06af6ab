// SPDX-License-Identifier: GPL-2.0-only
// Interleavings of a writer and a reader, step by step, from what "vmatlas explore
// --trace --format json" wrote.
(function () {
	"use strict";

	const PLAY_MS = 1100;
	const WIDTH = 380;
	const data = window.vmatlas_interleavings;
	const root = document.getElementById("watch");
	const chosen = { case: "", reader: "", below: "", above: "" };
	let search = null;
	let at = 0;
	let timer = null;

	function make(tag, props, ...children) {
		const e = document.createElement(tag);

		Object.assign(e, props);
		e.append(...children);
		return e;
	}

	function draw(tag, attrs, text) {
		const e = document.createElementNS("http://www.w3.org/2000/svg", tag);

		for (const [k, v] of Object.entries(attrs))
			e.setAttribute(k, v);
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	// A step, taken apart.
	function step(i) {
		const [writer, text, sequence, from, iterator, holds, hole, line, tree] =
			search.steps[i];

		return {
			writer: Boolean(writer), text: data.texts[text], sequence: sequence,
			from: from, iterator: data.texts[iterator],
			holds: data.texts[holds], hole: Boolean(hole), line: line || null,
			tree: data.trees[tree],
		};
	}

	// ---- the drawing -------------------------------------------------------------

	function all_ranges() {
		const list = [...data.trees[search.tree]];

		search.steps.forEach((_, i) => {
			const s = step(i);

			list.push(...s.tree);
			if (s.line)
				list.push(s.line);
		});
		return list;
	}

	function tint(name) {
		return ["prev", "middle", "next", "new"].includes(name) ? name :
			name === "vma" ? "middle" : "other";
	}

	function box(x, range, y, height) {
		const g = draw("g", { class: tint(range[0]), "text-anchor": "middle" });
		const x0 = x(range[1]);
		const x1 = x(range[2]);

		g.append(draw("rect", { x: x0, y: y, width: x1 - x0, height: height,
			"stroke-width": 1.2 }));
		if (x1 - x0 > 7 * range[0].length)
			g.append(draw("text", { x: (x0 + x1) / 2, y: y + height / 2 + 4 },
				range[0]));
		return g;
	}

	function label(svg, y, text) {
		svg.append(draw("text", { x: 0, y: y, class: "soft" }, text));
	}

	function drawing() {
		const ranges = all_ranges();
		const low = Math.min(...ranges.map((r) => r[1]));
		const high = Math.max(...ranges.map((r) => r[2]));
		const x = (page) => 62 + (page - low) / (high - low) * (WIDTH - 70);
		const lines = [];

		for (let i = 0; i < at; i++)
			if (step(i).line)
				lines.push(step(i).line);
		const now = at ? step(at - 1) : null;
		const most = search.steps.filter((s) => s[7]).length;
		const height = 104 + 25 * most + 30;
		const svg = draw("svg", { class: "moment", viewBox: "0 0 " + WIDTH + " " +
			height, "font-size": 12, role: "img" });

		svg.setAttribute("aria-label", "The maple tree, and what the read has " +
			"returned: " + (lines.map((l) => l.join(" ")).join(", ") || "nothing"));
		svg.style.width = "100%";
		svg.style.maxWidth = WIDTH * 1.35 + "px";
		svg.style.minWidth = WIDTH * 0.925 + "px";
		const ticks = [...new Set(ranges.flatMap((r) => [r[1], r[2]]))]
			.sort((a, b) => a - b);
		let last = -99;

		for (const page of ticks) {
			if (x(page) - last < 22)
				continue;
			last = x(page);
			svg.append(draw("path", { class: "grid",
				d: "M" + x(page) + " 18V" + (height - 24) }),
			draw("text", { x: x(page), y: 12, "text-anchor": "middle" }, page));
		}
		label(svg, 46, "tree");
		for (const slot of now ? now.tree : data.trees[search.tree])
			svg.append(box(x, slot, 26, 30));
		label(svg, 78, "reader at");
		const from = last_from();
		const cx = Math.min(Math.max(x(from), 62), WIDTH - 8);

		svg.append(draw("path", { class: "cursor",
			d: "M" + cx + " 60v22m-5 -14l5 -8l5 8" }));
		label(svg, 106, "returned");
		lines.forEach((line, i) => svg.append(box(x, line, 92 + 25 * i, 21)));
		if (search.missing && at === search.steps.length) {
			const [start, end] = search.missing;
			const y = 92 + 25 * lines.length;
			const g = draw("g", { class: "missing", "text-anchor": "middle" });

			label(svg, y + 15, "missing");
			g.append(draw("rect", { x: x(start), y: y, height: 21,
				width: x(end) - x(start) }),
			draw("text", { x: (x(start) + x(end)) / 2, y: y + 15 }, "?"));
			svg.append(g);
		}
		return svg;
	}

	function last_from() {
		for (let i = at - 1; i >= 0; i--)
			if (!step(i).writer && step(i).iterator)
				return step(i).from;
		return 0;
	}

	// Whether what is taken for a hole has pages that are mapped all the time.
	function errs(i) {
		const next = search.steps.slice(i).find((s) => s[7]);

		return step(i).hole && search.missing && next &&
			step(i).from <= search.missing[0] && search.missing[0] < next[7][1];
	}

	// ---- the page -------------------------------------------------------------------

	const stage = make("div", { className: "stage", tabIndex: 0 });

	stage.setAttribute("role", "group");
	stage.setAttribute("aria-label", "The address space");
	const says = make("p", { className: "title" });
	const state = make("p", { className: "state" });
	const rows = make("tbody", {});
	const back = make("button", { type: "button", textContent: "Back" });
	const play = make("button", { type: "button", textContent: "Play" });
	const on = make("button", { type: "button", textContent: "Next" });
	const slider = make("input", { type: "range", min: 0, step: 1 });
	const where = make("output", { className: "where" });
	const selects = {};

	function lanes() {
		rows.replaceChildren(...search.steps.map((_, i) => {
			const s = step(i);
			const go = make("button", { type: "button" },
				make("code", { textContent: s.text }));
			const tr = make("tr", {},
				make("td", { textContent: i + 1 }),
				make("td", {}, s.writer ? go : ""),
				make("td", {}, s.writer ? "" : go));

			if (s.sequence % 2)
				tr.classList.add("locked");
			if (errs(i))
				tr.classList.add("believed");
			if (s.line)
				tr.classList.add("reports");
			go.addEventListener("click", () => { stop(); show(i + 1); });
			return tr;
		}));
	}

	function chip(text, name) {
		return make("span", { className: "chip " + (name || ""), textContent: text });
	}

	function link() {
		return "#" + Object.entries(chosen).map(([k, v]) => k + "=" + v).join("&") +
			"&step=" + at;
	}

	function show(to, quiet) {
		at = Math.min(Math.max(to, 0), search.steps.length);
		const s = at ? step(at - 1) : null;
		const end = at === search.steps.length;

		stage.replaceChildren(drawing());
		says.replaceChildren(s ? (s.writer ? "Writer: " : "Reader: ") : "Before",
			s ? make("code", { textContent: s.text }) : "");
		state.replaceChildren(
			chip(s && s.sequence % 2 ? "mmap lock: the writer has it" :
				"mmap lock: free", s && s.sequence % 2 ? "lock" : ""), " ",
			chip("sequence " + (s ? s.sequence : 0)), " ",
			s && s.holds ? chip("the reader holds " + s.holds, "lock") : "", " ",
			s && s.hole ? chip("a hole is believed", errs(at - 1) ? "bad" : "") : "",
			" ",
			end && search.missing ? chip("pages " + search.missing[0] + " to " +
				(search.missing[1] - 1) + " were mapped all the time, and are missing",
			"bad") : "",
			end && !search.missing ? chip("nothing is missing") : "");
		slider.max = search.steps.length;
		slider.value = at;
		where.textContent = at + " of " + search.steps.length;
		back.disabled = at === 0;
		on.disabled = end;
		[...rows.children].forEach((tr, i) => {
			tr.classList.toggle("to-come", i >= at);
			if (i === at - 1)
				tr.setAttribute("aria-current", "step");
			else
				tr.removeAttribute("aria-current");
		});
		const row = rows.children[Math.max(0, at - 1)];
		const box = row.closest(".lanes");

		box.scrollTop = row.offsetTop - box.clientHeight / 2;
		if (!quiet)
			history.replaceState(null, "", link());
	}

	function stop() {
		clearInterval(timer);
		timer = null;
		play.textContent = "Play";
	}

	function forward() {
		if (at === search.steps.length)
			stop();
		else
			show(at + 1);
	}

	function known(key) {
		return [...new Set(data.searches.map((s) => s[key]))];
	}

	function names(key, value) {
		if (key === "case")
			return ((window.vmatlas_cases || {})[value] || { title: value }).title;
		return key === "reader" ? data.readers[value] || value :
			{ none: "nothing", hole: "a hole, then a VMA", adjacent: "a VMA" }[value];
	}

	function find() {
		search = data.searches.find((s) =>
			Object.entries(chosen).every(([k, v]) => s[k] === v)) ||
			data.searches[0];
		for (const k of Object.keys(chosen)) {
			chosen[k] = search[k];
			selects[k].value = search[k];
		}
		lanes();
	}

	function from_link() {
		const p = new URLSearchParams(location.hash.slice(1));
		const worst = data.searches.find((s) => s.missing &&
			s.case === "existing-merge-left-partial") || data.searches[0];

		for (const k of Object.keys(chosen))
			chosen[k] = known(k).includes(p.get(k)) ? p.get(k) : worst[k];
		find();
		show(Number(p.get("step")) || 0, true);
	}

	const tools = make("div", { className: "tools" });

	for (const [key, text] of [["case", "Case"], ["reader", "Reader"],
		["below", "Below"], ["above", "Above"]]) {
		const s = make("select", {});

		for (const v of known(key))
			s.append(make("option", { value: v, textContent: names(key, v) }));
		s.addEventListener("change", () => {
			stop();
			chosen[key] = s.value;
			find();
			show(0);
		});
		selects[key] = s;
		tools.append(make("label", {}, text + " ", s));
	}
	back.addEventListener("click", () => { stop(); show(at - 1); });
	on.addEventListener("click", () => { stop(); show(at + 1); });
	play.addEventListener("click", () => {
		if (timer)
			return stop();
		if (at === search.steps.length)
			show(0);
		play.textContent = "Stop";
		timer = setInterval(forward, PLAY_MS);
		return forward();
	});
	slider.setAttribute("aria-label", "Step");
	slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });

	const player = make("div", { className: "player", tabIndex: 0 },
		make("div", { className: "show" }, says, stage, state),
		make("div", { className: "lanes", tabIndex: 0 }, make("table", {},
			make("thead", {}, make("tr", {}, make("th", { textContent: "#" }),
				make("th", { textContent: "Writer" }),
				make("th", { textContent: "Reader" }))), rows)),
		make("div", { className: "controls" }, back, play, on, slider, where));

	player.querySelector(".lanes").setAttribute("role", "group");
	player.querySelector(".lanes").setAttribute("aria-label", "All steps");
	player.setAttribute("role", "group");
	player.setAttribute("aria-label", "Interleaving: arrow keys step");
	player.addEventListener("keydown", (e) => {
		if (e.target === slider || !/^Arrow(Left|Right)$/.test(e.key))
			return;
		stop();
		show(at + (e.key === "ArrowRight" ? 1 : -1));
		e.preventDefault();
	});
	addEventListener("hashchange", from_link);
	root.append(tools, player);
	from_link();
})();
