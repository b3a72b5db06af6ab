// SPDX-License-Identifier: GPL-2.0-only
// A page to play with. What is decided is decided by the program itself, as
// WebAssembly; here it is asked, and what it says is shown.
(function () {
	"use strict";

	const PAGES = 48;
	const BASE = 0; // so that pages have the numbers that are shown
	const PAGE = 4096;
	const FILES = { a: ["08:01 42", "/tmp/a"], b: ["08:01 43", "/tmp/b"] };
	const PROTS = ["---", "r--", "rw-", "r-x", "rwx"];
	const ADVICE = {
		hg: "hugepage", nh: "nohugepage", dd: "dontdump", dc: "dontfork",
		wf: "wipeonfork", mg: "mergeable", sr: "sequential", rr: "random",
	};
	const CALLS = {
		mprotect: ["prot"], madvise: ["advice"], munmap: [],
		mmap: ["prot", "file", "pgoff"], mlock: [], munlock: [],
		mremap: ["to", "source"], name: ["name"], mbind: ["policy"],
		brk: [],
	};
	const TICKS = ["faulted", "own", "forked", "close", "locked", "heap", "device",
		"uffd"];

	function make(tag, props, ...children) {
		const e = document.createElement(tag);

		Object.assign(e, props);
		e.append(...children);
		return e;
	}

	// ---- the program ------------------------------------------------------------

	function load() {
		const bytes = Uint8Array.from(atob(window.vmatlas_wasm),
			(c) => c.charCodeAt(0));
		const none = new Proxy({}, { get: () => () => 52 }); // ENOSYS
		const program = new WebAssembly.Instance(new WebAssembly.Module(bytes),
			{ wasi_snapshot_preview1: none }).exports;

		program._initialize();
		return program;
	}

	const program = load();

	function text_at(at) {
		const all = new Uint8Array(program.memory.buffer);

		return new TextDecoder().decode(all.subarray(at, all.indexOf(0, at)));
	}

	function ask(...parts) {
		const bytes = new TextEncoder().encode(parts.join("\0") + "\0");
		const at = program.page_input(bytes.length);

		new Uint8Array(program.memory.buffer).set(bytes, at);
		return JSON.parse(text_at(program.page_answer()));
	}

	const rules = JSON.parse(text_at(program.page_rules()));

	// For who compares it with the program's own.
	window.vmatlas_checksum = (rules_at, sweep) =>
		JSON.parse(text_at(program.page_checksum(rules_at, sweep)));

	// ---- a state, and its text in a link -------------------------------------------

	// "r=7.3&v=16-24:r--:f,24-37:rw-:f&c=mprotect:24-32:r--"
	function vma_text(v) {
		const options = [];

		if (v.shared)
			options.push("s");
		if (v.file)
			options.push(v.file + v.pgoff);
		for (const flag of TICKS)
			if (v[flag])
				options.push(flag);
		if (v.advice)
			options.push(v.advice);
		if (v.name)
			options.push("n=" + encodeURIComponent(v.name));
		return [v.start + "-" + v.end, v.prot, ...options].join(":");
	}

	function vma_of(text) {
		const [range, prot, ...options] = text.split(":");
		const [start, end] = range.split("-").map(Number);
		const v = {
			start: start, end: end, prot: prot, shared: false, file: "",
			pgoff: 0, advice: "", name: "",
		};

		for (const flag of TICKS)
			v[flag] = false;

		for (const o of options) {
			if (o === "s")
				v.shared = true;
			else if (/^[ab]\d+$/.test(o))
				[v.file, v.pgoff] = [o[0], Number(o.slice(1))];
			else if (o in ADVICE)
				v.advice = o;
			else if (o.startsWith("n="))
				v.name = decodeURIComponent(o.slice(2));
			else if (o in v)
				v[o] = true;
		}
		return v;
	}

	function call_text(c) {
		const more = CALLS[c.kind].map((a) => encodeURIComponent(c[a]));

		return [c.kind, c.start + "-" + c.end, ...more].join(":");
	}

	function call_of(text) {
		const [kind, range, ...more] = text.split(":");
		const [start, end] = range.split("-").map(Number);
		const c = {
			kind: kind in CALLS ? kind : "mprotect", start: start, end: end,
			prot: "r--", advice: "dontdump", file: "", pgoff: 0, to: 30,
			source: "", name: "heap", policy: "bind:0",
		};

		CALLS[c.kind].forEach((a, i) => {
			if (more[i] !== undefined)
				c[a] = decodeURIComponent(more[i]);
		});
		c.to = Number(c.to);
		c.pgoff = Number(c.pgoff);
		return c;
	}

	function state_text(s) {
		return "r=" + s.rules + "&v=" + s.vmas.map(vma_text).join(",") +
			"&c=" + call_text(s.call);
	}

	// A link may hold anything: what is no state is not taken.
	function state_of(text) {
		const p = new Map(text.split("&").map((kv) => {
			const i = kv.indexOf("=");

			return [kv.slice(0, i), kv.slice(i + 1)];
		}));
		const s = {
			rules: rules.some((r) => r.version === p.get("r")) ?
				p.get("r") : rules[rules.length - 1].version,
			vmas: p.get("v") ? p.get("v").split(",").map(vma_of) : [],
			call: call_of(p.get("c") || "mprotect:24-32:r--"),
		};

		return is_state(s) ? s : null;
	}

	function is_range(start, end) {
		return Number.isInteger(start) && Number.isInteger(end) &&
			start >= 0 && start < end && end <= PAGES;
	}

	function is_state(s) {
		let last = 0;

		for (const v of s.vmas) {
			if (!is_range(v.start, v.end) || v.start < last ||
			    !PROTS.includes(v.prot) || /[^\w .-]/.test(v.name) ||
			    !Number.isInteger(v.pgoff))
				return false;
			last = v.end;
		}
		return is_range(s.call.start, s.call.end) &&
			PROTS.includes(s.call.prot) && !/[^\w .:-]/.test(s.call.name) &&
			["", "dontunmap"].includes(s.call.source);
	}

	// ---- the state as smaps, as a call, as C ------------------------------------------

	function hex(page) {
		return (BASE + page * PAGE).toString(16);
	}

	function flags(v) {
		const list = [];

		for (const [i, code] of ["rd", "wr", "ex"].entries())
			if (v.prot[i] !== "-")
				list.push(code);
		if (v.shared)
			list.push("sh");
		list.push("mr", "mw", "me");
		if (v.shared)
			list.push("ms");
		if (!v.shared && (v.prot[1] === "w" || (v.faulted && !v.file)))
			list.push("ac");
		if (v.locked)
			list.push("lo");
		if (v.device)
			list.push("pf");
		if (v.uffd)
			list.push("um");
		if (v.advice)
			list.push(v.advice);
		return list.join(" ");
	}

	function smaps(s) {
		return s.vmas.map((v) => {
			const [device, path] = FILES[v.file] || ["00:00 0", ""];
			const name = path || (v.heap ? "[heap]" :
				v.name ? "[anon:" + v.name + "]" : "");
			const offset = v.file ? v.pgoff * PAGE : 0;

			return hex(v.start) + "-" + hex(v.end) + " " + v.prot +
				(v.shared ? "s " : "p ") +
				offset.toString(16).padStart(8, "0") + " " + device + " " +
				name + "\nAnonymous: " + (v.faulted ? 4 : 0) +
				" kB\nVmFlags: " + flags(v) + "\n";
		}).join("");
	}

	function hidden(s) {
		const words = [];

		for (const v of s.vmas)
			for (const what of ["own", "forked", "close", "uffd"])
				if (v[what])
					words.push(what, hex(v.start));
		return words.join(" ");
	}

	function call_words(c) {
		const at = hex(c.start);
		const len = (c.end - c.start) * 4 + "K";

		switch (c.kind) {
		case "mprotect":
			return [c.kind, at, len, c.prot];
		case "madvise":
			return [c.kind, at, len, c.advice];
		case "mmap":
			return [c.kind, at, len, c.prot,
				...(c.file ? [FILES[c.file][1] + ":" +
					(c.pgoff * PAGE).toString(16)] : []), "fixed"];
		case "mremap":
			return [c.kind, at, len, len, "to=" + hex(c.to), "maymove",
				...(c.source ? [c.source] : [])];
		case "name":
			return ["prctl", at, len, c.name || "x"];
		case "mbind":
			return [c.kind, at, len, c.policy];
		case "brk":
			return [c.kind, hex(c.end)];
		default:
			return [c.kind, at, len];
		}
	}

	function c_prot(prot) {
		const list = [];

		if (prot[0] !== "-")
			list.push("PROT_READ");
		if (prot[1] !== "-")
			list.push("PROT_WRITE");
		if (prot[2] !== "-")
			list.push("PROT_EXEC");
		return list.join(" | ") || "PROT_NONE";
	}

	function c_range(start, end) {
		return "base + " + start + " * 4096, " + (end - start) + " * 4096";
	}

	// The heap is where it is: of it, only what is asked of brk() is said.
	function c_heap(v) {
		const lines = ["char *heap = sbrk(0);", "",
			"brk(heap + " + (v.end - v.start) + " * 4096);"];

		if (v.faulted)
			lines.push("heap[0] = 1;");
		return lines;
	}

	function c_vma(v) {
		if (v.heap)
			return c_heap(v);
		const range = c_range(v.start, v.end);
		const lines = [];
		const kind = (v.shared ? "MAP_SHARED" : "MAP_PRIVATE") +
			(v.file ? "" : " | MAP_ANONYMOUS") + " | MAP_FIXED";
		const touch = v.faulted && v.prot[1] !== "w";

		lines.push("mmap(" + range + ",\n\t     " +
			c_prot(touch ? "rw-" : v.prot) + ",\n\t     " + kind + ", " +
			(v.file ? "file_" + v.file + ", " + v.pgoff + " * 4096" : "-1, 0") +
			");");
		if (v.faulted)
			lines.push("base[" + v.start + " * 4096] = 1;");
		if (touch)
			lines.push("mprotect(" + range + ", " + c_prot(v.prot) + ");");
		if (v.locked)
			lines.push("mlock(" + range + ");");
		if (v.advice)
			lines.push("madvise(" + range + ", MADV_" +
				ADVICE[v.advice].toUpperCase() + ");");
		if (v.name && !v.file)
			lines.push("prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, " + range +
				", \"" + v.name + "\");");
		return lines;
	}

	function c_call(c, vmas) {
		const range = c_range(c.start, c.end);
		const heap = vmas.find((v) => v.heap);

		switch (c.kind) {
		case "mprotect":
			return "mprotect(" + range + ", " + c_prot(c.prot) + ");";
		case "madvise":
			return "madvise(" + range + ", MADV_" + c.advice.toUpperCase() + ");";
		case "mmap":
			return "mmap(" + range + ",\n\t     " + c_prot(c.prot) +
				",\n\t     MAP_PRIVATE | MAP_FIXED" +
				(c.file ? ", file_" + c.file + ", " + c.pgoff + " * 4096);" :
					" | MAP_ANONYMOUS, -1, 0);");
		case "mremap":
			return "mremap(" + range + ", " + (c.end - c.start) +
				" * 4096,\n\t       MREMAP_MAYMOVE | MREMAP_FIXED" +
				(c.source ? " | MREMAP_DONTUNMAP" : "") + ", base + " +
				c.to + " * 4096);";
		case "name":
			return "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, " + range +
				", \"" + c.name + "\");";
		case "mbind":
			return "mbind(" + range + ", MPOL_BIND, &nodes, 2, 0);";
		case "brk":
			return "brk(" + (heap ? "heap" : "(char *)sbrk(0)") + " + " +
				(c.end - (heap || c).start) + " * 4096);";
		default:
			return c.kind + "(" + range + ");";
		}
	}

	function c_text(s) {
		const files = [...new Set([...s.vmas, s.call].map((v) => v.file))]
			.filter(Boolean);
		const lines = [];

		for (const f of files)
			lines.push("int file_" + f + " = memfd_create(\"" + f + "\", 0);",
				"ftruncate(file_" + f + ", 4096 * 4096);");
		if (s.call.kind === "mbind")
			lines.push("unsigned long nodes = 1;");
		lines.push("char *base = mmap(NULL, " + PAGES + " * 4096, PROT_NONE,",
			"\t\t  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);", "",
			"munmap(base, " + PAGES + " * 4096);");
		for (const v of s.vmas) {
			if (v.forked)
				lines.push("/* forked: do the rest in a child of fork() */");
			if (v.close)
				lines.push("/* a close hook: map a device's memory instead */");
			if (v.device)
				lines.push("/* device memory: map /dev/mem instead */");
			if (v.uffd)
				lines.push("/* register this with a userfaultfd of its own */");
			lines.push(...c_vma(v));
		}
		lines.push("", c_call(s.call, s.vmas));
		return "#define _GNU_SOURCE\n#include <linux/prctl.h>\n" +
			"#include <sys/mman.h>\n#include <sys/prctl.h>\n" +
			"#include <unistd.h>\n\nint main(void)\n{\n" +
			lines.map((l) => l && "\t" + l).join("\n") + "\n\tpause();\n}\n";
	}

	function shell_text(s) {
		return "cat >smaps <<'EOF'\n" + smaps(s) + "EOF\nvmatlas what-if --rules " +
			s.rules + " --faulted seen smaps \\\n\t" +
			call_words(s.call).join(" ") + "\n";
	}

	// ---- what is shown and changed -------------------------------------------------------

	let state = null;
	const undone = [];
	const done = [];
	let selected = 0;
	let player = null;

	const root = document.getElementById("try");
	const strip = make("div", { className: "strip" });
	const editors = make("div", { className: "editors" });
	const call_box = make("fieldset", { className: "call" });
	const verdict = make("div", { className: "verdict" });
	const steps = make("div", { className: "shown" });
	const reasons = make("div", { className: "reasons" });
	const versions = make("div", { className: "versions" });
	const texts = make("div", { className: "texts" });
	const undo = make("button", { type: "button", textContent: "Undo" });
	const redo = make("button", { type: "button", textContent: "Redo" });
	const examples = make("select", {}, make("option", {
		value: "", textContent: "none of these" }));

	verdict.setAttribute("role", "status");

	function change(edit) {
		const before = state_text(state);
		const next = state_of(before);

		edit(next);
		next.vmas.sort((a, b) => a.start - b.start);
		if (!is_state(next))
			return false;
		if (state_text(next) !== before) {
			done.push(before);
			undone.length = 0;
		}
		set(next);
		return true;
	}

	function back_and_on(from, to) {
		if (from.length) {
			to.push(state_text(state));
			set(state_of(from.pop()));
		}
	}

	function set(next) {
		state = next;
		selected = Math.min(selected, state.vmas.length - 1);
		history.replaceState(null, "", "#" + state_text(state));
		examples.value = "";
		for (const o of examples.options)
			if (state_text(state).endsWith("&" + o.value))
				examples.value = o.value;
		draw();
		answer();
	}

	// ---- the strip: boundaries to drag ----------------------------------------------------

	function x_of(page) {
		return 100 * page / PAGES + "%";
	}

	function page_at(event) {
		const box = strip.getBoundingClientRect();
		const x = (event.clientX - box.left) / box.width;

		return Math.min(PAGES, Math.max(0, Math.round(x * PAGES)));
	}

	// A boundary: where it is, what it is called, and what moving it means.
	function handle(at, top, label, move) {
		const h = make("div", { className: "handle " + top, tabIndex: 0 });

		h.style.left = x_of(at);
		h.setAttribute("role", "slider");
		h.setAttribute("aria-label", label);
		h.setAttribute("aria-valuemin", 0);
		h.setAttribute("aria-valuemax", PAGES);
		h.setAttribute("aria-valuenow", at);
		h.dataset.label = label;
		h.addEventListener("pointerdown", (e) => {
			drag = { label: label, move: move, last: at };
			strip.setPointerCapture(e.pointerId);
			e.preventDefault();
			h.focus();
		});
		h.addEventListener("keydown", (e) => {
			const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];

			if (!by)
				return;
			e.preventDefault();
			change((s) => move(s, at + by));
			focus_handle(label);
		});
		return h;
	}

	function focus_handle(label) {
		const h = [...strip.querySelectorAll(".handle")].find((x) =>
			x.dataset.label === label);

		if (h)
			h.focus();
	}

	let drag = null;

	strip.addEventListener("pointermove", (e) => {
		if (!drag || page_at(e) === drag.last)
			return;
		if (change((s) => drag.move(s, page_at(e))))
			drag.last = page_at(e);
		focus_handle(drag.label);
	});
	strip.addEventListener("pointerup", () => { drag = null; });
	strip.addEventListener("pointercancel", () => { drag = null; });

	// Where two VMAs touch, their boundary is one.
	function vma_handles(i) {
		const v = state.vmas[i];
		const above = state.vmas[i + 1];
		const below = state.vmas[i - 1];
		const list = [];

		if (!below || below.end !== v.start)
			list.push(handle(v.start, "low", "start of VMA " + (i + 1),
				(s, to) => { s.vmas[i].start = to; }));
		if (above && above.start === v.end)
			list.push(handle(v.end, "low",
				"between VMA " + (i + 1) + " and " + (i + 2), (s, to) => {
					s.vmas[i].end = to;
					s.vmas[i + 1].start = to;
				}));
		else
			list.push(handle(v.end, "low", "end of VMA " + (i + 1),
				(s, to) => { s.vmas[i].end = to; }));
		return list;
	}

	function tints() {
		const tint = state.vmas.map(() => "other");
		const { start, end, kind } = state.call;

		state.vmas.forEach((v, i) => {
			if (kind !== "mmap" && v.start < end && v.end > start)
				tint[i] = "middle";
			else if (v.end <= start)
				tint[i] = "prev";
			else if (v.start >= end)
				tint[i] = "next";
		});
		return tint.map((t, i) =>
			(t === "prev" && tint[i + 1] === "prev") ||
			(t === "next" && tint[i - 1] === "next") ? "other" : t);
	}

	function draw_strip() {
		const name = make("span", { textContent: state.call.kind });
		const bar = make("div", { className: "bar" }, name);
		const tint = tints();
		const parts = [];

		bar.style.left = x_of(state.call.start);
		bar.style.width = x_of(state.call.end - state.call.start);
		parts.push(bar);
		for (let page = 0; page <= PAGES; page += 8) {
			const tick = make("div", { className: "tick", textContent: page });

			tick.style.left = x_of(page);
			parts.push(tick);
		}
		state.vmas.forEach((v, i) => {
			const b = make("button", {
				type: "button", className: "box " + tint[i],
				textContent: v.prot + (v.faulted ? " *" : ""),
			});

			b.setAttribute("aria-label", "VMA " + (i + 1) + ", " + v.prot +
				", pages " + v.start + " to " + v.end);
			b.setAttribute("aria-pressed", String(i === selected));
			b.style.left = x_of(v.start);
			b.style.width = x_of(v.end - v.start);
			b.addEventListener("click", () => {
				selected = i;
				draw();
			});
			parts.push(b);
		});
		if (state.call.kind !== "brk")
			parts.push(handle(state.call.start, "high", "start of the call",
				(s, to) => { s.call.start = to; }));
		parts.push(handle(state.call.end, "high", "end of the call",
			(s, to) => { s.call.end = to; }));
		state.vmas.forEach((v, i) => parts.push(...vma_handles(i)));
		strip.replaceChildren(...parts);
		bar.classList.toggle("narrow", name.offsetWidth > bar.clientWidth);
		bar.classList.toggle("high", state.call.start > PAGES / 2);
	}

	// ---- controls -----------------------------------------------------------------------

	function labelled(text, input) {
		return make("label", {}, text + " ", input);
	}

	function choice(field, values, value, set_it) {
		const s = make("select", {});

		s.dataset.field = field;
		for (const [v, text] of values)
			s.append(make("option", {
				value: v, textContent: text, selected: v === value }));
		s.addEventListener("change", () => change((next) => set_it(next, s.value)));
		return s;
	}

	function number(field, value, max, set_it) {
		const n = make("input", { type: "number", min: 0, max: max, value: value });

		n.dataset.field = field;
		n.addEventListener("change", () => {
			if (!change((next) => set_it(next, Number(n.value))))
				n.value = value;
		});
		return n;
	}

	function word(field, value, set_it) {
		const t = make("input", { type: "text", value: value, size: 8, maxLength: 20 });

		t.dataset.field = field;
		t.addEventListener("change", () => {
			if (!change((next) => set_it(next, t.value.trim())))
				t.value = value;
		});
		return t;
	}

	function tick(field, text, value, set_it) {
		const t = make("input", { type: "checkbox", checked: value });

		t.dataset.field = field;
		t.addEventListener("change", () => change((next) => set_it(next, t.checked)));
		return make("label", { className: "tick-box" }, t, " " + text);
	}

	const prots = PROTS.map((p) => [p, p]);
	const files = [["", "none"], ["a", "file a"], ["b", "file b"]];

	function editor(i) {
		const v = state.vmas[i];
		const put = (field) => (s, value) => { s.vmas[i][field] = value; };
		const gone = make("button", { type: "button", textContent: "Remove" });
		const box = make("fieldset", { className: "vma" },
			make("legend", { textContent: "VMA " + (i + 1) }));

		box.dataset.vma = i;
		gone.addEventListener("click", () => change((s) => s.vmas.splice(i, 1)));
		box.append(
			labelled("from", number("start", v.start, PAGES, put("start"))),
			labelled("to", number("end", v.end, PAGES, put("end"))),
			labelled("protection", choice("prot", prots, v.prot, put("prot"))),
			labelled("file", choice("file", files, v.file, (s, value) => {
				s.vmas[i].file = value;
				if (value) {
					s.vmas[i].name = "";
					s.vmas[i].heap = false;
				}
			})));
		if (v.file)
			box.append(labelled("offset", number("pgoff", v.pgoff, 4096,
				put("pgoff"))));
		else
			box.append(labelled("name", word("name", v.name, put("name"))));
		box.append(
			labelled("advice", choice("advice", [["", "none"],
				...Object.entries(ADVICE)], v.advice, put("advice"))),
			tick("shared", "shared", v.shared, (s, value) => {
				s.vmas[i].shared = value;
				if (value)
					s.vmas[i].faulted = s.vmas[i].own = s.vmas[i].forked = false;
			}));
		if (!v.shared)
			box.append(tick("faulted", "written to: has an anon_vma", v.faulted,
				(s, value) => {
					s.vmas[i].faulted = value;
					s.vmas[i].forked = s.vmas[i].forked && value;
					s.vmas[i].own = s.vmas[i].own && value;
				}));
		if (v.faulted)
			box.append(tick("own", "anon_vma of its own", v.own, put("own")),
				tick("forked", "forked", v.forked, put("forked")));
		box.append(tick("locked", "locked", v.locked, put("locked")),
			tick("close", "close hook", v.close, put("close")),
			tick("device", "device memory (VM_PFNMAP)", v.device,
				put("device")),
			tick("uffd", "a userfaultfd of its own", v.uffd, put("uffd")));
		if (!v.file)
			box.append(tick("heap", "the heap", v.heap, (s, value) => {
				for (const other of s.vmas)
					other.heap = false;
				s.vmas[i].heap = value;
				s.vmas[i].name = "";
			}));
		box.append(gone);
		box.hidden = i !== selected;
		return box;
	}

	// Into the widest hole.
	function add_vma(s) {
		let last = 0;
		let best = null;

		for (const v of [...s.vmas, { start: PAGES, end: PAGES }]) {
			if (v.start > last && (!best || v.start - last > best[1] - best[0]))
				best = [last, v.start];
			last = v.end;
		}
		if (best)
			s.vmas.push(vma_of(best[0] + "-" +
				Math.min(best[1], best[0] + 8) + ":rw-"));
	}

	function draw_call() {
		const c = state.call;
		const put = (field) => (s, value) => { s.call[field] = value; };
		const parts = [make("legend", { textContent: "The call" }),
			labelled("call", choice("kind", Object.keys(CALLS).map((k) =>
				[k, k === "name" ? "prctl(PR_SET_VMA)" : k + "()"]), c.kind,
			put("kind"))),
			...(c.kind === "brk" ? [] : [labelled("from",
				number("start", c.start, PAGES, put("start")))]),
			labelled(c.kind === "brk" ? "new end" : "to",
				number("end", c.end, PAGES, put("end")))];

		for (const arg of CALLS[c.kind]) {
			if (arg === "prot")
				parts.push(labelled("protection",
					choice("prot", prots, c.prot, put("prot"))));
			else if (arg === "advice")
				parts.push(labelled("advice", choice("advice",
					["normal", "dodump", "dofork", "keeponfork", "unmergeable",
						...Object.values(ADVICE)].map((a) => [a, a]),
					c.advice, put("advice"))));
			else if (arg === "file")
				parts.push(labelled("file",
					choice("file", files, c.file, put("file"))));
			else if (arg === "pgoff" && c.file)
				parts.push(labelled("offset",
					number("pgoff", c.pgoff, 4096, put("pgoff"))));
			else if (arg === "to")
				parts.push(labelled("new place",
					number("to", c.to, PAGES, put("to"))));
			else if (arg === "source")
				parts.push(labelled("old place", choice("source", [["", "goes"],
					["dontunmap", "stays (MREMAP_DONTUNMAP)"]],
				c.source, put("source"))));
			else if (arg === "name")
				parts.push(labelled("name", word("name", c.name, put("name"))));
		}
		parts.push(labelled("Linux", choice("rules", rules.map((r) =>
			[r.version, r.version + " on"]), state.rules,
		(s, value) => { s.rules = value; })));
		call_box.replaceChildren(...parts);
	}

	function draw() {
		const focused = document.activeElement;
		const field = focused && focused.dataset.field;
		const inside = focused && (focused.closest("fieldset.vma") ||
			focused.closest("fieldset.call"));
		const which = inside && (inside.dataset.vma || "call");
		const add = make("button", { type: "button", textContent: "Add a VMA" });

		draw_strip();
		draw_call();
		add.addEventListener("click", () => {
			change(add_vma);
			selected = state.vmas.length - 1;
			draw();
		});
		editors.replaceChildren(...state.vmas.map((v, i) => editor(i)), add);
		undo.disabled = !done.length;
		redo.disabled = !undone.length;
		if (field) {
			const box = which === "call" ? call_box :
				editors.querySelector("[data-vma='" + which + "']");
			const again = box && box.querySelector("[data-field='" + field + "']");

			if (again)
				again.focus();
		}
	}

	// ---- the answer ------------------------------------------------------------------------

	function question(version) {
		return ask(version, "seen", smaps(state), hidden(state),
			call_words(state.call).join(" "));
	}

	function case_link(id) {
		const known = (window.vmatlas_cases || {})[id];

		return known ? make("a", { href: known.href, textContent: known.title }) :
			make("span", { textContent: id });
	}

	function one_line(call) {
		const line = make("span", {});

		if (!call) {
			line.append("not a call that can be made");
			return line;
		}
		if (call.error)
			line.append(make("strong", { textContent: call.error.name }), ": " +
				call.error.text + (call.operations.length ? "; " : ""));
		call.operations.forEach((op, i) => {
			if (i)
				line.append(", then ");
			op.cases.forEach((id, n) => line.append(n ? " and " : "",
				case_link(id)));
			if (!op.cases.length)
				line.append(op.error ? op.kind + " fails" : op.kind);
		});
		if (!call.operations.length && !call.error)
			line.append("nothing to do");
		return line;
	}

	function side_text(side, first, all) {
		const others = all.filter((r) => r !== first);
		const li = make("li", {}, make("strong", { textContent: side + ": " }),
			first);

		if (others.length)
			li.append(make("span", {
				className: "soft", textContent: "; and " + others.join("; ") }));
		return li;
	}

	function draw_reasons(call) {
		const parts = [];

		for (const op of call ? call.operations : []) {
			for (const m of op.merges || []) {
				if (m.merged)
					continue;
				parts.push(make("h2", { textContent: "Why it does not merge" }),
					make("ul", {}, side_text("With the VMA below", m.left, m.left_all),
						side_text("With the VMA above", m.right, m.right_all)));
			}
			if (op.reader)
				parts.push(make("h2", {
					textContent: "What a reader without the mmap lock can see" }),
				make("p", { className: op.reader.gap ? "bad" : "",
					textContent: op.reader.not_explored ||
						((op.reader.gap ?
							"It can miss pages that are mapped all the time. " :
							"It misses nothing. ") +
						"What it can report twice: " + op.reader.twice + ".") }));
		}
		reasons.replaceChildren(...parts);
	}

	function frames_of(call) {
		const list = [];

		for (const frames of call ? call.frames : [])
			for (const f of frames) {
				const svg = new DOMParser().parseFromString(f.svg,
					"image/svg+xml").documentElement;

				const wide = svg.viewBox.baseVal.width;

				svg.removeAttribute("height");
				svg.style.width = wide * 1.25 + "px";
				svg.style.minWidth = wide * 0.925 + "px";
				svg.setAttribute("role", "img");
				svg.setAttribute("aria-label", f.title);
				list.push({
					svg: document.importNode(svg, true), title: f.title,
					code: f.code, says: "", count: svg.dataset.count,
					locks: svg.dataset.locks,
				});
			}
		return list;
	}

	let shown_frames = "";

	function draw_steps(call) {
		const key = JSON.stringify(call ? call.frames : []);
		const frames = frames_of(call);

		if (key === shown_frames)
			return;
		shown_frames = key;
		if (player)
			player.stop();
		player = frames.length ? window.VmaPlayer(frames, {}) : null;
		steps.replaceChildren(...(player ? [player.root] : []));
	}

	function draw_versions() {
		const rows = rules.map((r) => {
			const answer = question(r.version);
			const call = answer.calls[0];
			const row = make("tr", {},
				make("th", { scope: "row", textContent: r.version }),
				make("td", {}, one_line(call)),
				make("td", { textContent: call ?
					call.map_count.before + " -> " + call.map_count.after : "" }));

			if (r.version === state.rules)
				row.className = "now";
			return row;
		});
		const head = make("tr", {}, ...["Linux", "What it is", "VMAs"].map((t) =>
			make("th", { scope: "col", textContent: t })));

		versions.replaceChildren(make("h2", { textContent: "By kernel version" }),
			make("div", { className: "wide" }, make("table", {},
				make("thead", {}, head), make("tbody", {}, ...rows))));
	}

	function copyable(title, text) {
		const copy = make("button", { type: "button", textContent: "Copy" });
		const pre = make("pre", { textContent: text, tabIndex: 0 });

		pre.setAttribute("role", "group");
		pre.setAttribute("aria-label", title);
		copy.addEventListener("click", () => {
			navigator.clipboard.writeText(text).then(() => {
				copy.textContent = "Copied";
			}, () => {
				getSelection().selectAllChildren(pre);
			});
		});
		return make("details", {}, make("summary", { textContent: title }),
			copy, pre);
	}

	function draw_texts() {
		const open = [...texts.querySelectorAll("details")].map((d) => d.open);
		const parts = [copyable("The same on the command line", shell_text(state)),
			copyable("The same in C", c_text(state))];

		parts.forEach((d, i) => { d.open = Boolean(open[i]); });
		if (hidden(state))
			parts.unshift(make("p", { className: "soft",
				textContent: "smaps does not say what is forked, has an anon_vma of " +
					"its own, which userfaultfd, or a close hook: the " +
					"command line does not know." }));
		texts.replaceChildren(...parts);
	}

	let later = 0;

	function answer() {
		const begin = performance.now();
		const said = question(state.rules);
		const call = said.calls[0];

		root.dataset.ms = performance.now() - begin;
		verdict.replaceChildren(make("p", { className: "is" }, one_line(call)),
			make("p", { className: "soft", textContent: call ? "VMAs " +
				call.map_count.before + " -> " + call.map_count.after +
				" under the rules of Linux " + said.rules : said.wrong }));
		root.dataset.answer = JSON.stringify(call || null, (key, value) =>
			key === "frames" ? undefined : value);
		draw_steps(call);
		draw_reasons(call);
		clearTimeout(later);
		later = setTimeout(() => {
			draw_versions();
			draw_texts();
			root.dataset.told = location.hash;
		}, 150);
	}

	// ---- examples ------------------------------------------------------------------------------

	for (const [group, list] of Object.entries(window.vmatlas_examples)) {
		const g = make("optgroup", { label: group });

		for (const [title, text] of list)
			g.append(make("option", { value: text, textContent: title }));
		examples.append(g);
	}
	examples.addEventListener("change", () => {
		if (!examples.value)
			return;
		if (examples.value.startsWith("case:")) {
			location.href = window.vmatlas_cases[examples.value.slice(5)].href;
			return;
		}
		const next = state_of("r=" + state.rules + "&" + examples.value);

		if (/^r=/.test(examples.value))
			next.rules = state_of(examples.value).rules;
		done.push(state_text(state));
		selected = 0;
		set(next);
	});
	undo.addEventListener("click", () => back_and_on(done, undone));
	redo.addEventListener("click", () => back_and_on(undone, done));
	addEventListener("keydown", (e) => {
		if ((e.ctrlKey || e.metaKey) && e.key === "z" &&
		    !/^(INPUT|TEXTAREA)$/.test(e.target.tagName)) {
			e.preventDefault();
			back_and_on(e.shiftKey ? undone : done, e.shiftKey ? done : undone);
		}
	});
	addEventListener("hashchange", () => {
		const next = state_of(location.hash.slice(1));

		if (next && state_text(next) !== state_text(state))
			set(next);
	});

	root.append(
		make("div", { className: "tools" }, labelled("Example", examples), undo, redo),
		strip, verdict, call_box, editors, steps, reasons, versions, texts);
	set((location.hash && state_of(location.hash.slice(1))) ||
		state_of(Object.values(window.vmatlas_examples)[0][0][1]));
})();
