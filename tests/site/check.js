// SPDX-License-Identifier: GPL-2.0-only
// The site in a browser: check.js SITE SHOTS VMATLAS CHECKSUM [--full]
//
// Each page, as it comes from file://, at several widths, light and dark: nothing
// on the console, no request that fails, nothing wider than the window, no small
// letter in a figure, nothing that axe-core objects to, no link into nothing. The
// quick form looks at each page once, at a width and in a mode that go round.
"use strict";

const { execFileSync, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [site, shots, vmatlas, checksum] = process.argv.slice(2);
const full = process.argv.includes("--full");
const only = process.env.ONLY; // a part of a page's name, for a person

const WIDTHS = [390, 768, 1400, 1920];
const MODES = ["light", "dark"];
const SMALLEST = 11; // pixels, of a letter in a figure
const ALWAYS = ["index.html", "try.html", "watch.html", "search.html",
	"cases/existing-merge-left-partial.html"];
const STATES = Number(process.env.STATES) || (full ? 1000 : 40);
const SEED = Number(process.env.SEED) || 20261128;
const FRAME_MS = 16;
const PAGE_MAX = 1000000; // bytes

const BROWSER = {
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync"],
};

let failures = 0;

function fail(where, what) {
	failures++;
	console.log(where + ": " + what);
}

function pages(dir, below = "") {
	return fs.readdirSync(path.join(dir, below), { withFileTypes: true })
		.flatMap((e) => {
			const name = path.join(below, e.name);

			if (e.isDirectory())
				return e.name.startsWith("_") ? [] : pages(dir, name);
			return name.endsWith(".html") ? [name] : [];
		}).sort();
}

// What listens to a new width has been called by the frame after the next one.
async function resize(page, width) {
	await page.setViewportSize({ width: width, height: 900 });
	await page.evaluate(() => new Promise((done) =>
		requestAnimationFrame(() => requestAnimationFrame(done))));
}

function url(name) {
	return "file://" + path.resolve(site, name);
}

// ---- one page -------------------------------------------------------------------

// In the page. Letters of figures, by how the figure is scaled.
function small_letters(smallest) {
	const found = [];

	for (const text of document.querySelectorAll("svg text")) {
		const svg = text.ownerSVGElement;
		const box = svg.viewBox.baseVal;

		if (!svg.getClientRects().length || !box || !box.width)
			continue;
		const size = parseFloat(getComputedStyle(text).fontSize) *
			svg.getBoundingClientRect().width / box.width;

		if (size < smallest)
			found.push(text.textContent + " " + size.toFixed(1));
	}
	return found;
}

// In the page. What sticks out and cannot be scrolled to.
function too_wide() {
	const room = document.documentElement.clientWidth;
	const found = [];

	if (document.documentElement.scrollWidth > room)
		found.push("the page, " + document.documentElement.scrollWidth);
	for (const e of document.querySelectorAll("article *")) {
		if (e.getBoundingClientRect().right <= room + 1 ||
		    e.closest("svg, .find, .skip"))
			continue;
		let box = e.parentElement;

		while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX))
			box = box.parentElement;
		if (!box || box === document.documentElement || box === document.body)
			found.push(e.tagName + " " + e.className);
	}
	return found.slice(0, 3);
}

function listen(page, where) {
	page.on("console", (m) => {
		if (m.type() === "error" || m.type() === "warning")
			fail(where(), "console: " + m.text());
	});
	page.on("pageerror", (e) => fail(where(), "script: " + e.message));
	page.on("requestfailed", (r) => {
		// One that was under way when the next page was asked for is none.
		if (r.failure().errorText !== "net::ERR_ABORTED")
			fail(where(), "request: " + r.url());
	});
	page.on("request", (r) => {
		if (!/^(file|data|blob):/.test(r.url()))
			fail(where(), "asks the network: " + r.url());
	});
}

// In the page. Parts of Graphviz's drawings that have a colour, and do not show it.
function unfilled() {
	return [...document.querySelectorAll("svg.dot .node polygon:not([fill='none'])")]
		.filter((p) => getComputedStyle(p).fill === "none")
		.map((p) => p.getAttribute("fill"));
}

async function look(page, where) {
	await page.evaluate(() => new Promise(requestAnimationFrame));
	for (const colour of new Set(await page.evaluate(unfilled)))
		fail(where, "a figure does not show its " + colour);
	for (const wide of await page.evaluate(too_wide))
		fail(where, "wider than the window: " + wide);
	for (const small of (await page.evaluate(small_letters, SMALLEST)).slice(0, 3))
		fail(where, "small letters: " + small);
}

// Names, labels and contrast.
async function look_with_axe(page, where) {
	if (!await page.evaluate(() => window.axe))
		await page.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
	const said = await page.evaluate(() => window.axe.run(document, {
		preload: false, resultTypes: ["violations"] }));

	for (const v of said.violations)
		fail(where, "axe: " + v.id + ": " + v.help + ": " +
			v.nodes.slice(0, 2).map((n) => n.html.slice(0, 120)).join(" | "));
}

// Of each page, where it leads, and what can be led to.
async function links_of(page, name) {
	await page.goto(url(name));
	return page.evaluate(() => ({
		ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
		twice: [...document.querySelectorAll("[id]")].map((e) => e.id)
			.filter((id, i, all) => all.indexOf(id) !== i),
		links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
	}));
}

async function check_links(page, names) {
	const known = new Map();

	for (const name of names)
		known.set(url(name), await links_of(page, name));
	for (const [from, { twice, links }] of known) {
		const where = path.relative(path.resolve(site), from.slice(7));

		if (twice.length)
			fail(where, "an id twice: " + twice[0]);
		for (const link of new Set(links)) {
			const [to, anchor] = link.split("#");

			if (!link.startsWith("file:")) {
				if (!/^https:\/\/[\w.-]+\.\w+\//.test(link))
					fail(where, "no address: " + link);
			} else if (!known.has(to) && !fs.existsSync(
				decodeURIComponent(to.slice(7)).split("?")[0])) {
				fail(where, "leads to nothing: " + link);
			} else if (anchor && known.has(to) &&
				!known.get(to).ids.includes(decodeURIComponent(anchor)) &&
				!/^(step|t)-/.test(anchor) && !/^(r|v|case)=/.test(anchor)) {
				fail(where, "leads to no such place: " + link);
			}
		}
	}
}

// In the page. The glossary's words that running text has, but does not link where
// they come first. "the next read" is no VMA.
function unlinked(words) {
	const skip = "a, code, pre, strong, th, dt, caption, figcaption, h1, h2, h3, h4," +
		"svg, nav, .player, #try, #watch, .filter";
	const found = [];

	function lower(at) {
		let before = "";

		for (const p of document.querySelectorAll("article p")) {
			const walk = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);

			while (walk.nextNode()) {
				const text = walk.currentNode;

				if (at && at.compareDocumentPosition(text) &
				    Node.DOCUMENT_POSITION_FOLLOWING)
					return before;
				if (!text.parentElement.closest(skip))
					before += " " + text.data;
			}
			before += "\n";
		}
		return before;
	}

	for (const [id, word] of Object.entries(words)) {
		const link = document.querySelector("article a[href$='glossary.html#" + id + "']");
		const apart = word === "next" || word === "middle" ?
			"(?<![Tt]he )" + word + "(?! (to|one)\\b)" : word;

		if (new RegExp("(?<![\\w/`-])" + apart + "s?(?![\\w-])").test(
			lower(link && link.firstChild)))
			found.push(word);
	}
	return found;
}

async function check_words(page, names) {
	await page.goto(url("glossary.html"));
	const words = await page.evaluate(() => Object.fromEntries(
		[...document.querySelectorAll("dl.glossary dt[id]")].map((dt) =>
			[dt.id, dt.firstChild.textContent.trim()])));
	let linked = 0;

	if (Object.keys(words).length < 10)
		fail("glossary.html", "only " + Object.keys(words).length + " words");
	for (const name of names.filter((n) => n !== "glossary.html")) {
		await page.goto(url(name));
		for (const word of await page.evaluate(unlinked, words))
			fail(name, "the first '" + word + "' does not lead to the glossary");
		linked += await page.locator("article a[href*='glossary.html#term-']").count();
	}
	console.log(linked + " links to " + Object.keys(words).length +
		" words of the glossary");
}

// All that can be clicked must be reached with the Tab key.
async function check_keyboard(page, name) {
	await page.goto(url(name));
	const wanted = await page.evaluate(() => {
		const all = [...document.querySelectorAll(
			"a[href], button, input, select, summary, [tabindex='0']")];
		const seen = all.filter((e) => e.getClientRects().length &&
			!e.disabled && e.checkVisibility({ visibilityProperty: true }));

		seen.forEach((e, i) => { e.dataset.tab = i; });
		return seen.length;
	});
	const reached = new Set();

	for (let i = 0; i < wanted + 30 && reached.size < wanted; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() =>
			document.activeElement && document.activeElement.dataset.tab);

		if (at !== undefined)
			reached.add(at);
	}
	for (let i = 0; i < wanted; i++) {
		if (reached.has(String(i)))
			continue;
		const what = await page.evaluate((n) => document.querySelector(
			"[data-tab='" + n + "']").outerHTML.slice(0, 100), i);

		fail(name, "not reached by keyboard: " + what);
	}
}

// ---- what pages do -------------------------------------------------------------------

async function check_player(page) {
	const name = "cases/existing-merge-left-partial.html";
	const at = () => page.locator(".player .where").textContent();

	await page.goto(url(name) + "#step-2");
	if (await at() !== "2 of 4")
		fail(name, "#step-2 leads to " + await at());
	await page.locator(".player").focus();
	await page.keyboard.press("ArrowRight");
	if (await at() !== "3 of 4" || !page.url().endsWith("#step-3"))
		fail(name, "an arrow key leads to " + await at() + ", " + page.url());
	await page.waitForTimeout(700);
	const x = await page.evaluate(() => ["now", "then"].map((_, i) => {
		const svg = i ? document.querySelectorAll("figure.vma svg")[4] :
			document.querySelector(".player svg");

		return [...svg.querySelectorAll("[data-key] rect:not(.was)")].map((r) =>
			r.getAttribute("x") + "+" + r.getAttribute("width")).join(" ");
	}));

	if (x[0] !== x[1])
		fail(name, "after moving, boxes are not where they are in the frame");
	if (!await page.locator(".player rect.was").count())
		fail(name, "nothing shows where the boundary was");
	await page.keyboard.press("ArrowRight");
	if (!(await page.locator(".player .says").textContent()).includes("Unlocked: "))
		fail(name, "nothing says that the last step unlocks");
	await page.keyboard.press("ArrowLeft");
}

// The slider, the other keys, and play, which comes to the end by itself.
async function check_controls(page, name) {
	const at = () => page.locator(".player .where").textContent();
	const slider = page.locator(".player input[type='range']");

	await page.goto(url(name));
	const last = Number(await slider.getAttribute("max"));

	await slider.fill("1");
	if (await at() !== "1 of " + last || !page.url().endsWith("#step-1"))
		fail(name, "the slider leads to " + await at() + ", " + page.url());
	await page.locator(".player").focus();
	await page.keyboard.press("End");
	if (await at() !== last + " of " + last)
		fail(name, "End leads to " + await at());
	await page.keyboard.press("Home");
	if (await at() !== "0 of " + last)
		fail(name, "Home leads to " + await at());
	await page.keyboard.press("ArrowRight");
	if (!await page.locator(".player .chip.changed").count())
		fail(name, "a lock that was taken is not marked");
	await page.getByRole("button", { name: "Play" }).click();
	await page.waitForFunction((end) => document.querySelector(".player .where")
		.textContent === end, last + " of " + last);
	return last;
}

// A case's player has its steps, and before and after.
async function check_players(page, names) {
	const atlas = JSON.parse(execFileSync(path.resolve(vmatlas),
		["emit", "json"], { maxBuffer: 1 << 28 }));

	for (const { id, step_indices: steps } of atlas.cases) {
		const name = "cases/" + id + ".html";

		if (!names.includes(name) || !(full || ALWAYS.includes(name)))
			continue;
		const last = await check_controls(page, name);

		if (last !== steps.length + 1)
			fail(name, "the player has " + last + " steps, expected " +
				(steps.length + 1));
	}
}

async function check_frames(browser) {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	const name = "cases/existing-merge-left-partial.html";

	await page.goto(url(name));
	const frames = page.locator("figure.vma svg");

	if (await frames.count() !== 5)
		fail(name, await frames.count() + " frames without JavaScript, expected 5");
	for (const frame of await frames.all())
		await frame.waitFor(); // on a busy machine they take a moment to be laid out
	await context.close();
}

async function check_watch(page) {
	await page.goto(url("watch.html"));
	await page.locator("#watch input[type='range']").fill("1000");
	if (!await page.locator("#watch .missing").count())
		fail("watch.html", "nothing is missing at the end");
	const wrong = await page.locator("#watch tr.believed").allTextContents();

	if (wrong.length !== 1 || !wrong[0].startsWith("20vm_start is 32"))
		fail("watch.html", "the hole that is none is not the one marked: " + wrong);
	const end = page.url();

	await page.goto("about:blank");
	await page.goto(end);
	if (!await page.locator("#watch .missing").count())
		fail("watch.html", "a link does not lead to the step: " + end);
	await page.locator("#watch .player").focus();
	await page.keyboard.press("ArrowLeft");
	if (await page.locator("#watch .missing").count() ||
	    await page.locator("#watch tr.to-come").count() !== 1)
		fail("watch.html", "an arrow key does not step back");
	await page.keyboard.press("ArrowLeft");
	await page.getByRole("button", { name: "Play" }).click();
	await page.waitForFunction(() => document.querySelector("#watch .missing"));
	for (const [n, value] of [[0, "split-new-above"], [2, "adjacent"],
		[3, "hole"], [0, "existing-merge-left-partial"]]) {
		await page.locator("#watch select").nth(n).selectOption(value);
		if (!page.url().includes("=" + value))
			fail("watch.html", "a choice of " + value + " leads to " + page.url());
	}
	await page.locator("#watch select").nth(1).selectOption("mmap-lock");
	await page.locator("#watch input[type='range']").fill("1000");
	if (await page.locator("#watch .missing").count())
		fail("watch.html", "something is missing under the mmap lock");
}

async function check_tables(page) {
	await page.goto(url("no-merge.html"));
	const rows = page.locator(".filter + div.wide tbody tr:visible");
	const all = await rows.count();

	await page.locator(".filter input").first().fill("anon_vma");
	if (!await rows.count() || await rows.count() >= all)
		fail("no-merge.html", "a filter leaves " + await rows.count() + " of " + all);
	await check_lists(page);
	for (const name of ["releases.html", "oracles.html", "cases/index.html"]) {
		await page.goto(url(name));
		if (!await page.locator(".filter input").count())
			fail(name, "no table can be asked");
	}
}

// On a phone: rows one below the other, the first dozen, and the rest at a button.
async function check_phone(page) {
	const name = "tables.html";
	const table = page.locator("article table").first();
	const rows = table.locator("tbody tr:visible");

	await resize(page, 390);
	await page.goto(url(name));
	const all = await table.locator("tbody tr").count();

	if (!/\bstack\b/.test(await table.getAttribute("class")))
		fail(name, "a table of many columns is not told row by row on a phone");
	if (await rows.count() >= all)
		fail(name, "a phone shows all " + all + " rows at once");
	await page.locator("button.all").first().click();
	if (await rows.count() !== all)
		fail(name, "the button shows " + await rows.count() + " of " + all + " rows");
	await resize(page, 1400);
	if (/\bstack\b/.test(await table.getAttribute("class")))
		fail(name, "a table is told row by row in a wide window, too");
	await page.goto(url("repair.html"));
	const long = page.locator("pre.folded");
	const nr = await long.count();

	await page.locator("button.all").first().click();
	if (!nr || await long.count() !== nr - 1)
		fail("repair.html", "of " + nr + " long texts " + await long.count() +
			" are left after a click");
}

// By keyboard: a system call, a role and a word, as "vmatlas list" has them.
async function check_lists(page) {
	const name = "tables.html";
	const rows = page.locator(".filter + div.wide").first()
		.locator("tbody tr:visible td:first-child");
	const bar = page.locator(".filter").first();

	await page.goto(url(name));
	for (const [label, value] of [["System call", "brk()"], ["Role", "delete"]]) {
		const select = bar.locator("label", { hasText: label })
			.locator("select");

		await select.focus();
		await page.keyboard.type(value);
		if (await select.inputValue() !== value)
			fail(name, "typed " + value + ", chose " +
				await select.inputValue());
	}
	const listed = execFileSync(path.resolve(vmatlas), ["list", "--ids",
		"--syscall", "brk", "--role", "delete"]).toString().trim().split("\n");
	const got = (await rows.allTextContents()).map((t) => t.trim());

	if (got.join() !== listed.join())
		fail(name, "brk(), delete: " + got + ", vmatlas list has " + listed);
	await bar.locator("input").fill("several");
	if (await rows.count() !== listed.filter((id) => id.includes("several")).length)
		fail(name, "'several' leaves " + await rows.allTextContents());
	for (const head of ["Function", "Otherwise"])
		if (!await bar.locator("label", { hasText: head }).count())
			fail(name, "no choice of " + head);
}

async function check_search(page) {
	await page.goto(url("search.html") + "?q=maple+tree");
	if (!await page.locator("#results li").count() ||
	    !await page.locator("#results mark").count())
		fail("search.html", "finds no 'maple tree', or shows no excerpt");
	await page.fill("#q", "zzzqqq");
	if (await page.locator("#results li").count())
		fail("search.html", "finds what is not there");
}

// ---- the page to play with -------------------------------------------------------------

async function answer(page) {
	return JSON.parse(await page.locator("#try").getAttribute("data-answer"));
}

// Reasons that no call of a process alone comes to.
const NOT_TO_BE_SEEN = {
	uffd_lost: "only a userfaultfd's owner can say whether it follows",
	no_memory: "memory does not fail when one asks",
};

// Each case of the catalogue and each reason against a merge has an example.
async function check_all_examples(browser, shown) {
	const atlas = JSON.parse(execFileSync(path.resolve(vmatlas),
		["emit", "json"], { maxBuffer: 1 << 28 }));
	const parts = atlas.cases.filter((c) => shown.has(c.id))
		.flatMap((c) => c.composed_of.map((p) => p.case || p));
	const page = await browser.newPage();

	for (const { id } of atlas.cases)
		if (!shown.has(id) && !parts.includes(id))
			fail("try.html", "no example of " + id);
	await page.goto(url("no-merge.html"));
	const rules = await page.locator("article table").first()
		.locator("tbody tr").evaluateAll((trs) => trs.map((tr) =>
			[...tr.cells].map((c) => c.textContent.trim().replace(/\s+/g, " "))));

	if (rules.length < 15)
		fail("no-merge.html", "only " + rules.length + " reasons");
	for (const [id, says] of rules)
		if (id !== "-" && !shown.has(says) && !NOT_TO_BE_SEEN[id])
			fail("try.html", "no example of the reason " + id + ": " + says);
	await page.close();
}

async function check_examples(page) {
	const list = await page.evaluate(() => Object.values(window.vmatlas_examples)
		.flat());

	const all = new Set();

	for (const [title, text, expected] of list) {
		if (text === "case:" + expected) {
			all.add(expected);
			continue;
		}
		await page.locator("#try .tools select").selectOption(text);
		const said = await answer(page);
		const got = (said ? said.operations : []).flatMap((op) => [...op.cases,
			...(op.merges || []).flatMap((m) => [m.left, m.right])]);

		if (!got.includes(expected))
			fail("try.html", title + ": " + got + ", expected " + expected);
		got.forEach((what) => all.add(what));
	}
	await check_all_examples(page.context().browser(), all);
	// With the code warm, the same again in time.
	const times = [];

	for (const [, text] of list.filter(([, t]) => !t.startsWith("case:"))) {
		await page.locator("#try .tools select").selectOption(text);
		times.push(await answer_ms(page));
	}
	print_times("examples", times);
}

async function answer_ms(page) {
	return Number(await page.locator("#try").getAttribute("data-ms"));
}

// How long answers took, against a frame: told, and not judged, as machines differ.
function print_times(what, times) {
	const sorted = [...times].sort((a, b) => a - b);
	const at = (share) => sorted[Math.ceil(share * sorted.length) - 1].toFixed(1);

	console.log("try.html: " + sorted.length + " " + what + " answered in " +
		at(0.5) + " ms (median), " + at(0.95) + " ms (95 of 100), " +
		at(1) + " ms (slowest); a frame has " + FRAME_MS + " ms");
}

// The examples of the last group are other from release to release.
async function check_versions(page) {
	const list = await page.evaluate(() => Object.values(
		window.vmatlas_examples).pop());
	const changed = new Set();

	for (const [title, text] of list) {
		await page.locator("#try .tools select").selectOption(text);
		await page.waitForFunction(() => document.querySelector("#try")
			.dataset.told === location.hash);
		const rows = await page.locator("#try .versions tbody tr")
			.evaluateAll((trs) => trs.map((tr) => [...tr.cells]
				.map((c) => c.textContent)));
		const at = rows.filter((row, i) => i &&
			row.slice(1).join() !== rows[i - 1].slice(1).join());

		if (!at.length)
			fail("try.html", title + ": the same in each release");
		at.forEach((row) => changed.add(row[0]));
	}
	// Where a stable series has the change, it comes there first.
	for (const versions of [["6.16"], ["6.18.8", "6.19"], ["7.2"], ["7.3"]])
		if (!versions.some((v) => changed.has(v)))
			fail("try.html", "no example of what " + versions.join(", ") +
				" changed, only of " + [...changed].join(", "));
}

// All that a browser loads for the page.
async function check_size(page) {
	const names = await page.evaluate(() => [...document.querySelectorAll(
		"script[src], link[rel='stylesheet'], link[rel='icon']")]
		.map((e) => e.src || e.href));
	const bytes = [url("try.html"), ...names].reduce((sum, name) =>
		sum + fs.statSync(new URL(name)).size, 0);

	console.log("try.html: " + bytes + " bytes with all that it loads");
	if (bytes >= PAGE_MAX)
		fail("try.html", bytes + " bytes, expected less than " + PAGE_MAX);
}

// Any numbers will do, if they are the same each time.
function random(seed) {
	let s = seed;

	return (n) => {
		s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
		return Math.floor(s / 4294967296 * n);
	};
}

function pick(of, list) {
	return list[of(list.length)];
}

async function type_number(box, field, value) {
	const input = box.locator("[data-field='" + field + "']");

	await input.fill(String(value));
	await input.press("Tab");
}

// Up to three VMAs, and a call about some of it, each by its own control.
async function type_state(page, of) {
	const call = page.locator("#try fieldset.call");
	const nr = 1 + of(3);
	let at = of(4);

	while (await page.locator("#try fieldset.vma").count())
		await page.locator("#try fieldset.vma:visible button").click();
	await call.locator("[data-field='kind']").selectOption(
		pick(of, ["mprotect", "madvise", "munmap", "mmap", "mlock", "munlock",
			"mremap", "name", "brk"]));
	for (let i = 0; i < nr; i++) {
		await page.locator("#try .editors > button").click();
		const box = page.locator("#try fieldset.vma:visible");
		const end = at + 1 + of(8);

		// An end that is there already may be in the way of the start.
		await type_number(box, "end", 47 - (nr - 1 - i));
		await type_number(box, "start", at);
		await type_number(box, "end", end);
		await box.locator("[data-field='prot']").selectOption(
			pick(of, ["r--", "rw-", "r-x", "---"]));
		if (of(3) === 0)
			await box.locator("[data-field='file']").selectOption(pick(of, ["a", "b"]));
		if (of(3) === 0)
			await box.locator("[data-field='advice']").selectOption(
				pick(of, ["dd", "hg", "dc"]));
		if (of(2))
			await box.locator("[data-field='faulted']").check();
		if (of(5) === 0)
			await box.locator("[data-field='locked']").check();
		if (of(6) === 0 && await box.locator("[data-field='heap']").count())
			await box.locator("[data-field='heap']").check();
		if (of(12) === 0)
			await box.locator("[data-field='device']").check();
		at = end + pick(of, [0, 0, 0, 3]);
	}
	const start = of(Math.max(1, at - 2));

	if (await call.locator("[data-field='start']").count())
		await type_number(call, "start", 0);
	await type_number(call, "end", start + 1 + of(12));
	if (await call.locator("[data-field='start']").count())
		await type_number(call, "start", start);
	for (const field of ["prot", "advice", "file", "source"]) {
		const select = call.locator("[data-field='" + field + "']");

		if (await select.count()) {
			const values = await select.locator("option").evaluateAll((o) =>
				o.map((x) => x.value));

			await select.selectOption(pick(of, values));
		}
	}
	const rules = await call.locator("[data-field='rules'] option")
		.evaluateAll((o) => o.map((x) => x.value));

	await call.locator("[data-field='rules']").selectOption(pick(of, rules));
}

// What the page says to type, run by a shell.
function natively(text) {
	const dir = fs.mkdtempSync(path.join(shots, "what-if-"));
	const script = text.replace("vmatlas what-if",
		'"$VMATLAS" what-if --format json');
	const out = execFileSync("sh", ["-c", script], {
		cwd: dir, env: { ...process.env, VMATLAS: path.resolve(vmatlas) } });

	fs.rmSync(dir, { recursive: true });
	return JSON.parse(out).answers[0].calls[0];
}

async function check_states(page) {
	const of = random(SEED);
	const times = [];
	let calls = 0;

	for (let i = 0; i < STATES; i++) {
		await type_state(page, of);
		const text = await page.waitForFunction((hash) => {
			const pre = document.querySelector("#try .texts pre");

			return pre && document.querySelector("#try").dataset.told === hash &&
				pre.textContent;
		}, new URL(page.url()).hash).then((h) => h.jsonValue());
		times.push(await answer_ms(page));
		const said = await answer(page);
		const native = natively(text);

		if (JSON.stringify(sorted(said)) !== JSON.stringify(sorted(native)))
			return fail("try.html", "not what what-if says: " + page.url() + "\n" +
				JSON.stringify(said) + "\n" + JSON.stringify(native));
		calls += said.operations.length;
	}
	console.log("try.html: " + STATES + " states of seed " + SEED + ", " + calls +
		" operations, as what-if --format json says");
	print_times("states", times);
	return undefined;
}

function sorted(value) {
	if (Array.isArray(value))
		return value.map(sorted);
	if (value && typeof value === "object")
		return Object.fromEntries(Object.keys(value).sort().map((k) =>
			[k, sorted(value[k])]));
	return value;
}

async function check_checksum(page) {
	for (const line of execFileSync(checksum, full ? ["--wide"] : [])
		.toString().trim().split("\n")) {
		const [rules, sweep, sum] = line.split(" ");
		const got = await page.evaluate(([r, s]) =>
			window.vmatlas_checksum(Number(r), Number(s)), [rules, sweep]);

		if (got !== sum)
			fail("try.html", "checksum of space " + rules + " " + sweep + " is " +
				got + ", natively " + sum);
		else
			console.log("try.html: checksum " + sum + " of sweep " + sweep +
				" by rules " + rules + ", as natively");
	}
}

// ---- all of it ---------------------------------------------------------------------------

// Which of the eight looks a page gets: all, or the one whose turn it is.
function is_asked(name, i, width, mode) {
	const turn = WIDTHS.indexOf(width) * MODES.length + MODES.indexOf(mode);

	return full || (i + turn) % (WIDTHS.length * MODES.length) === 0 ||
		(ALWAYS.includes(name) && width !== 768);
}

// A page is loaded once, at the first width that is asked for, and resized. What axe
// says hardly depends on the width: it is asked once a mode, at a width that goes round.
async function look_at_page(page, name, i, told) {
	let loaded = false;

	for (const mode of MODES) {
		const widths = WIDTHS.filter((width) => is_asked(name, i, width, mode));

		for (const [n, width] of widths.entries()) {
			told.where = name + " at " + width + " " + mode;
			await page.emulateMedia({ colorScheme: mode });
			await resize(page, width);
			if (!loaded)
				await page.goto(url(name));
			loaded = true;
			await look(page, told.where);
			if (n === i % widths.length)
				await look_with_axe(page, told.where);
			await page.screenshot({
				path: path.join(shots, [name.replace(/[/.]/g, "-"), width,
					mode].join("-") + ".png"),
				fullPage: ALWAYS.includes(name) });
			told.looks++;
		}
	}
}

async function each_page(browser, names) {
	const page = await browser.newPage();
	const told = { where: "", looks: 0 };
	const begin = Date.now();

	listen(page, () => told.where);
	for (const [i, name] of names.entries())
		await look_at_page(page, name, i, told);
	await page.close();
	console.log(told.looks + " looks at " + names.length + " pages took " +
		Math.round((Date.now() - begin) / 1000) + " s");
}

async function main() {
	const names = pages(site).filter((n) => !only || n.includes(only));
	const browser = await chromium.launch(BROWSER);
	const page = await browser.newPage();

	fs.mkdirSync(shots, { recursive: true });
	listen(page, () => page.url());
	await check_links(page, names);
	await check_words(page, names);
	await each_page(browser, names);
	for (const name of ALWAYS.filter((n) => names.includes(n)))
		await check_keyboard(page, name);
	if (!only) {
		await check_player(page);
		await check_players(page, names);
		await check_frames(browser);
		await check_watch(page);
		await check_tables(page);
		await check_phone(page);
		await check_search(page);
	}
	if (!only || only === "try") {
		await page.goto(url("try.html"));
		await check_examples(page);
		await check_versions(page);
		await check_size(page);
		await check_checksum(page);
		await check_states(page);
	}
	await browser.close();
	console.log(names.length + " pages, " + failures + " failures; what they look " +
		"like is in " + shots);
	process.exit(failures ? 1 : 0);
}

if (spawnSync(BROWSER.executablePath, ["--version"]).error) {
	console.log("SKIP: no " + BROWSER.executablePath +
		": 'make deps-site' installs it");
	process.exit(2);
}
main().catch((e) => {
	console.log(e.stack);
	process.exit(1);
});
