// SPDX-License-Identifier: GPL-2.0-only
// A drawing that steps. It is given frames, the drawings of "vmatlas emit svg",
// one a moment, and moves what has the same data-key from one to the next.
(function () {
	"use strict";

	const MOVE_MS = 450;
	const PLAY_MS = 1700;
	const still = matchMedia("(prefers-reduced-motion: reduce)");

	function make(tag, props, ...children) {
		const e = document.createElement(tag);

		Object.assign(e, props);
		e.append(...children);
		return e;
	}

	// ---- moving ---------------------------------------------------------------

	function keyed(svg) {
		const groups = new Map();

		for (const g of svg.querySelectorAll("[data-key]"))
			groups.set(g.dataset.key, g);
		return groups;
	}

	function box(g) {
		const r = g.querySelector("rect");

		return ["x", "y", "width"].map((a) => Number(r.getAttribute(a)));
	}

	function place(g, [x, y, width], [, end_y]) {
		const r = g.querySelector("rect");

		r.setAttribute("x", x);
		r.setAttribute("width", width);
		g.setAttribute("transform", "translate(0 " + (y - end_y) + ")");
		for (const t of g.querySelectorAll("text"))
			t.setAttribute("x", x + width / 2);
	}

	// Move what is in both drawings, let what is new come and what is old go.
	function move(from, to) {
		const old = keyed(from);
		const moves = [];
		const gone = [];
		const begin = performance.now();

		for (const [key, g] of keyed(to)) {
			const was = old.get(key);

			old.delete(key);
			if (was)
				moves.push([g, box(was), box(g)]);
			else
				moves.push([g, null, null]);
		}
		for (const g of old.values()) {
			const ghost = g.cloneNode(true);

			ghost.removeAttribute("data-key");
			to.append(ghost);
			gone.push(ghost);
		}

		function frame(now) {
			const t = Math.min(1, (now - begin) / MOVE_MS);
			const e = t < 1 ? t * t * (3 - 2 * t) : 1;

			for (const [g, a, b] of moves) {
				if (a)
					place(g, b.map((v, i) => a[i] + (v - a[i]) * e), b);
				else
					g.setAttribute("opacity", e);
			}
			for (const g of gone)
				g.setAttribute("opacity", 1 - e);
			if (t < 1 && to.isConnected)
				requestAnimationFrame(frame);
			else
				gone.forEach((g) => g.remove());
		}

		requestAnimationFrame(frame);
	}

	// Where what has changed was before.
	function outline_old(from, to) {
		const old = keyed(from);

		for (const [key, g] of keyed(to)) {
			const was = old.get(key);
			const [x, y, width] = box(g);

			if (!was || box(was).join() === [x, y, width].join())
				continue;
			const r = was.querySelector("rect").cloneNode();

			r.setAttribute("class", "was");
			r.setAttribute("y", y);
			g.querySelector("rect").after(r);
		}
	}

	function locks_of(f) {
		return f && f.locks ? f.locks.split(", ") : [];
	}

	// "Locked: mmap." What the drawing does not show of a step.
	function locks_say(was, f) {
		const held = locks_of(f);
		const before = locks_of(was);
		const taken = held.filter((lock) => !before.includes(lock));
		const dropped = before.filter((lock) => !held.includes(lock));

		return (taken.length ? " Locked: " + taken.join(", ") + "." : "") +
			(dropped.length ? " Unlocked: " + dropped.join(", ") + "." : "");
	}

	// ---- the player -------------------------------------------------------------

	// frames: [{ svg, says, code, locks, count }]. options.at: the first shown;
	// options.changed: called with what is shown; options.list: the steps are
	// listed beside the drawing.
	function Player(frames, options) {
		const player = { at: 0, frames: frames };
		let timer = null;

		const stage = make("div", { className: "stage", tabIndex: 0 });
		const title = make("p", { className: "title" });
		const says = make("p", { className: "says" });
		const state = make("p", { className: "state" });
		const back = make("button", { type: "button", textContent: "Back" });
		const play = make("button", { type: "button", textContent: "Play" });
		const on = make("button", { type: "button", textContent: "Next" });
		const slider = make("input", {
			type: "range", min: 0, max: frames.length - 1, step: 1,
		});
		const where = make("output", { className: "where" });
		const list = make("ol", { className: "steps", start: 0 });
		const controls = make("div", { className: "controls" },
			back, play, on, slider, where);
		const root = make("div", { className: "player" },
			make("div", { className: "show" }, title, stage, state, says),
			list, controls);

		stage.setAttribute("role", "group");
		stage.setAttribute("aria-label", "The address space");
		slider.setAttribute("aria-label", "Step");
		root.tabIndex = 0;
		root.setAttribute("role", "group");
		root.setAttribute("aria-label",
			"Steps of the case: left and right arrow keys step");
		frames.forEach((f, i) => {
			const b = make("button", { type: "button" });

			b.append(f.code ? make("code", { textContent: f.title }) : f.title);
			b.addEventListener("click", () => show(i));
			list.append(make("li", {}, b));
		});

		function chips(f, was) {
			const held = locks_of(f);
			const before = locks_of(was);
			const count = make("span", {
				className: "chip" + (was && was.count !== f.count ? " changed" : ""),
				textContent: "map count " + f.count,
			});

			state.replaceChildren(count);
			for (const lock of held)
				state.append(" ", make("span", {
					className: "chip lock" +
						(was && !before.includes(lock) ? " changed" : ""),
					textContent: lock + " locked",
				}));
			if (!held.length)
				state.append(" ", make("span", {
					className: "chip", textContent: "nothing locked" }));
		}

		function show(i, jump) {
			const f = frames[i];
			const was = frames[player.at];
			const before = i > 0 ? frames[i - 1] : null;
			const svg = f.svg.cloneNode(true);
			const old = stage.firstElementChild;

			stage.replaceChildren(svg);
			if (old && i !== player.at && !jump && !still.matches)
				move(was.svg.cloneNode(true), svg);
			title.replaceChildren(f.code ?
				make("code", { textContent: f.title }) : f.title);
			says.textContent = f.says + (before ? locks_say(before, f) : "");
			if (before)
				outline_old(before.svg, svg);
			chips(f, before);
			player.at = i;
			slider.value = i;
			slider.setAttribute("aria-valuetext", f.title);
			where.textContent = i + " of " + (frames.length - 1);
			back.disabled = i === 0;
			on.disabled = i === frames.length - 1;
			[...list.children].forEach((li, n) => {
				if (n === i)
					li.setAttribute("aria-current", "step");
				else
					li.removeAttribute("aria-current");
			});
			if (options.changed && !jump)
				options.changed(i);
		}

		function stop() {
			clearInterval(timer);
			timer = null;
			play.textContent = "Play";
		}

		function step(by) {
			const i = player.at + by;

			if (i >= 0 && i < frames.length)
				show(i);
			else
				stop();
		}

		function toggle() {
			if (timer)
				return stop();
			if (player.at === frames.length - 1)
				show(0);
			play.textContent = "Stop";
			timer = setInterval(() => step(1), PLAY_MS);
			step(1);
			return undefined;
		}

		back.addEventListener("click", () => { stop(); step(-1); });
		on.addEventListener("click", () => { stop(); step(1); });
		play.addEventListener("click", toggle);
		slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
		root.addEventListener("keydown", (e) => {
			if (e.target === slider)
				return;
			if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
				stop();
				step(e.key === "ArrowRight" ? 1 : -1);
				e.preventDefault();
			} else if (e.key === "Home" || e.key === "End") {
				stop();
				show(e.key === "Home" ? 0 : frames.length - 1);
				e.preventDefault();
			}
		});

		player.root = root;
		player.show = show;
		player.stop = stop;
		show(Math.min(Math.max(options.at || 0, 0), frames.length - 1), true);
		return player;
	}

	window.VmaPlayer = Player;

	// ---- on the page of a case ----------------------------------------------------

	function frame_of(figure, title, code) {
		const svg = figure.querySelector("svg");
		const caption = figure.querySelector("figcaption .says");

		return {
			svg: svg,
			title: title,
			code: code,
			says: caption ? caption.textContent : "",
			count: svg.dataset.count,
			locks: svg.dataset.locks,
		};
	}

	// "#step-2" is what is seen after the second step, "#step-0" before all.
	function asked() {
		const m = /^#step-(\d+)$/.exec(location.hash);

		return m ? Number(m[1]) : null;
	}

	function on_page() {
		const steps = document.querySelector("section#steps");
		const first = document.querySelector("section#before-and-after figure.vma");

		if (!steps || !first)
			return;
		const frames = [frame_of(first, "Before", false)];

		for (const li of steps.querySelectorAll(":scope > ol > li")) {
			const figure = li.querySelector("figure.vma");
			const code = li.querySelector("code");

			if (figure && code)
				frames.push(frame_of(figure, code.textContent, true));
		}
		const last = [...document.querySelectorAll(
			"section#before-and-after figure.vma")].pop();
		frames.push(frame_of(last, "After", false));

		const player = Player(frames, {
			at: asked() || 0,
			changed: (i) => history.replaceState(null, "", "#step-" + i),
		});
		const frames_button = make("button", {
			type: "button", textContent: "All frames", className: "frames",
		});
		const sections = [steps, first.closest("section")];

		function all_frames(on) {
			frames_button.setAttribute("aria-pressed", String(on));
			sections.forEach((s) => s.classList.toggle("stepped", !on));
		}

		all_frames(false);
		frames_button.addEventListener("click", () => {
			const on = frames_button.getAttribute("aria-pressed") !== "true";

			all_frames(on);
			if (on)
				sections[1].scrollIntoView();
		});
		player.root.querySelector(".controls").append(frames_button);
		// Before the drawing in letters, which is the same again.
		(document.querySelector("article .highlight-none, article dl.field-list") ||
			first.closest("section")).before(player.root);

		function follow() {
			if (asked() !== null) {
				player.show(Math.min(asked(), frames.length - 1));
				player.root.scrollIntoView({ block: "center" });
			} else if (/^#(steps|before-and-after)$/.test(location.hash)) {
				all_frames(true);
				document.querySelector(location.hash).scrollIntoView();
			}
		}

		addEventListener("hashchange", follow);
		follow();
	}

	if (document.readyState === "loading")
		document.addEventListener("DOMContentLoaded", on_page);
	else
		on_page();
})();
