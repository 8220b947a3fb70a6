// The page canvas: a page's image with its boxes, the thumbnails of its document and the text beside it.
// Everything that comes from a document is set as text, never as markup. One Viewer lives as long as its element;
// each run of the script hands it new data, and only what has changed is drawn anew.
// `elements.js`, `drawing.js`, `sheet.js` and `found.js` stand before it in the same module.

const STALE_MS = 10_000;
const PATIENCE_MS = 5_000;
const memory = new WeakMap();

export default function (component) {
  const { parentElement } = component;
  let viewer = memory.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement);
    memory.set(parentElement, viewer);
  }
  viewer.update(component);
  return () => {
    viewer.destroy();
    memory.delete(parentElement);
  };
}

class Viewer extends Sheet {
  constructor(parent) {
    super();
    this.drawn = {};
    this.selected = null;
    this.told = null;
    this.wanted = null;
    this.asked = -STALE_MS;
    this.preferences = { zoom: "width", boxes: true, words: false, confidence: false, hidden: [], ...this.recall() };
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.build(parent);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.canvas);
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    this.observer.disconnect();
    this.root.remove();
  }

  recall() {
    try {
      return JSON.parse(localStorage.getItem("docintel.canvas")) || {};
    } catch {
      return {};
    }
  }

  prefer(changes) {
    Object.assign(this.preferences, changes);
    try {
      localStorage.setItem("docintel.canvas", JSON.stringify(this.preferences));
    } catch {
      // A browser that keeps nothing still shows the page.
    }
    this.layers();
  }

  // ---- the frame, built once

  build(parent) {
    this.number = el("input", {
      class: "number", type: "number", min: 1, "aria-label": "Page number", onchange: () => this.go(Number(this.number.value)),
    });
    this.count = el("span", { class: "count" });
    this.percent = el("button", { class: "percent", title: "Actual size", onclick: () => this.zoom(1) });
    this.toggles = {
      boxes: this.toggle("boxes", "Boxes", "B"), words: this.toggle("words", "Words", "D"),
      confidence: this.toggle("confidence", "Confidence", "C"),
    };
    this.help = el("dialog", { class: "help", onclick: () => this.help.close() }, el("h2", { text: "Keyboard" }),
      el("dl", {}, ...SHORTCUTS.flatMap(([keys, does]) => [el("dt", { text: keys }), el("dd", { text: does })])));
    const bar = el("div", { class: "bar", role: "toolbar", "aria-label": "Page" },
      el("div", { class: "group" }, this.button("previous", "Previous page (←)", () => this.go(this.aim() - 1)),
        this.number, this.count, this.button("next", "Next page (→)", () => this.go(this.aim() + 1))),
      el("div", { class: "group" }, this.button("minus", "Zoom out (−)", () => this.scale(1 / ZOOMS.step)), this.percent,
        this.button("plus", "Zoom in (+)", () => this.scale(ZOOMS.step)),
        this.button("width", "Fit width (W)", () => this.zoom("width")), this.button("page", "Fit page (P)", () => this.zoom("page"))),
      el("div", { class: "group" }, ...Object.values(this.toggles)),
      (this.facts = el("div", { class: "facts" })),
      el("button", { class: "icon question", title: "Keyboard (?)", "aria-label": "Keyboard help", text: "?", onclick: () => this.help.showModal() }));
    this.legend = el("div", { class: "legend", role: "group", "aria-label": "Labels shown" });
    this.strip = el("nav", { class: "strip", "aria-label": "Pages" });
    this.image = el("img", { class: "image", alt: "", draggable: "false", onload: () => this.loaded(), onerror: () => this.broken(this.image) });
    this.boxes = el("div", { class: "layer boxes" });
    this.words = el("div", { class: "layer words" });
    this.marks = el("div", { class: "layer marks" });
    this.finds = el("div", { class: "layer finds" });
    this.stage = el("div", { class: "stage" }, this.image, this.marks, this.finds, this.words, this.boxes);
    this.message = el("div", { class: "message" });
    this.canvas = el("div", { class: "canvas", tabindex: "0", "aria-label": "Page image" }, this.stage, this.message);
    this.text = el("div", { class: "text", tabindex: "0", "aria-label": "Text of the page" });
    this.root = el("div", { class: "viewer" }, bar, this.legend, el("div", { class: "body" }, this.strip, this.canvas, this.text), this.help);
    parent.append(this.root);
    this.listen();
  }

  button(name, title, onclick) {
    return el("button", { class: "icon", title, "aria-label": title, onclick }, icon(name));
  }

  toggle(name, text, key) {
    return el("button", { class: "toggle", title: `${text} (${key})`, text, onclick: () => this.prefer({ [name]: !this.preferences[name] }) });
  }

  listen() {
    this.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.scale(event.deltaY < 0 ? 1.15 : 1 / 1.15, event);
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    this.canvas.addEventListener("click", (event) => {
      if (this.dragged) event.stopPropagation();
    }, true);
  }

  // ---- new data

  update(component) {
    this.send = component.setTriggerValue;
    const data = component.data;
    const isOtherPage = this.page?.key !== data.page.key;
    if (isOtherPage || this.told === (data.selected || "")) this.told = null;
    this.page = data.page;
    if (this.wanted?.number === data.page.number) this.wanted = null;
    this.blocks = data.blocks;
    this.changed("frame", [data.num_pages, data.page.number, data.page.facts], () => this.drawFacts(data));
    this.changed("strip", data.pages.map((page) => ({ ...page, thumbnail: withoutSignature(page.thumbnail) })), () => this.drawStrip(data.pages));
    this.changed("page", [data.page, data.blocks, data.words].map(unsigned), () => this.drawPage(data));
    this.markPage();
    const asked = [data.page.key, data.selected, data.lit, data.lit_blocks];
    this.changed("lit", asked, () => this.light(data));
    this.changed("found", [data.page.key, data.blocks, data.found], () => showFound(this, data.found));
    if (isOtherPage) this.canvas.scrollTo({ top: 0, left: 0 });
    this.layers();
    if (isOtherPage) requestAnimationFrame(() => this.reveal(true));
  }

  changed(part, value, draw) {
    const now = JSON.stringify(value);
    if (this.drawn[part] === now) return;
    this.drawn[part] = now;
    draw();
  }

  drawFacts(data) {
    this.number.max = data.num_pages;
    this.number.value = this.aim();
    this.count.textContent = `of ${data.num_pages}`;
    this.facts.replaceChildren(...data.page.facts.map((text) => el("span", { text, title: text })));
  }

  drawStrip(pages) {
    this.strip.replaceChildren(...pages.map((page) => el("button", {
      class: `thumbnail ${page.state}`, "data-number": page.number, title: page.title, onclick: () => this.go(page.number),
    },
    page.thumbnail ? this.drawThumbnail(page.thumbnail) : el("span", { class: "blank" }),
    el("span", { class: "caption", text: String(page.number) }))));
  }

  drawThumbnail(src) {
    return el("img", { src, alt: "", loading: "lazy", draggable: "false", onerror: ({ target }) => this.broken(target) });
  }

  markPage() {
    for (const node of this.strip.children) {
      const isCurrent = Number(node.dataset.number) === this.page.number;
      if (isCurrent && !node.hasAttribute("aria-current")) scrollWithin(this.strip, node);
      node.toggleAttribute("aria-current", isCurrent);
    }
    const [previous, next] = this.root.querySelectorAll(".bar .group:first-child .icon");
    previous.disabled = this.page.number <= 1;
    next.disabled = this.page.number >= Number(this.number.max);
  }

  drawPage({ page, blocks, words }) {
    const isRead = page.state === "done";
    this.root.classList.remove("waiting");
    this.stage.hidden = !page.image;
    if (page.image && withoutSignature(this.image.src) !== new URL(withoutSignature(page.image), location).href) {
      this.stage.classList.add("loading");
      this.image.src = page.image;
      this.image.alt = `Image of page ${page.number}`;
    }
    this.message.hidden = isRead;
    this.message.replaceChildren(...(isRead ? [] : this.drawState(page)));
    this.nodes = new Map();
    this.boxes.replaceChildren(...blocks.map((block) => this.drawBox(block)));
    this.words.replaceChildren(...words.map((word) => this.drawWord(word)));
    const notes = page.notes.map((text) => el("p", { class: "note", text, dir: "auto" }));
    const empty = isRead && !blocks.length ? [el("p", { class: "note", text: "Nothing was found on this page." })] : [];
    this.text.replaceChildren(...notes, ...empty, ...blocks.map((block) => this.drawText(block)));
    this.drawLegend(blocks);
    this.fit();
  }

  drawState(page) {
    const parts = [el("p", { text: STATES[page.state] || page.state })];
    if (page.error) parts.push(el("p", { class: "error", text: page.error, dir: "auto" }));
    if (page.state === "failed" || page.state === "cancelled") {
      parts.push(el("button", { class: "again", text: "Read this page again", onclick: () => this.send("retry", page.number) }));
    }
    return parts;
  }

  drawLegend(blocks) {
    const counts = new Map();
    for (const { label } of blocks) counts.set(label, (counts.get(label) || 0) + 1);
    const labels = Object.keys(LABELS).filter((label) => counts.has(label));
    this.legend.replaceChildren(...labels.map((label) => el("button", {
      class: "chip", "data-label": label, title: `Show or hide: ${LABELS[label]}`, onclick: () => this.hide(label),
    }, el("span", { class: "dot" }), el("span", { text: LABELS[label] }), el("span", { class: "many", text: String(counts.get(label)) }))));
  }

  drawBox(block) {
    const node = place(el("button", {
      class: "box", "data-label": block.label, "data-block": block.id, "data-grade": block.confidence === null ? null : grade(block.confidence),
      "aria-label": `${block.number}, ${LABELS[block.label]}: ${block.text.slice(0, 80)}`, onclick: () => this.select(block.id, "text"),
      onpointerenter: () => this.hover(block.id, true), onpointerleave: () => this.hover(block.id, false),
    }, el("span", { class: "order", text: String(block.number) })), block.box);
    const [x0, y0, x1, y1] = block.box;
    node.classList.toggle("from-right", RIGHT_TO_LEFT.test(block.text));
    node.classList.toggle("at-edge", RIGHT_TO_LEFT.test(block.text) ? x1 > 0.97 : x0 < 0.03);
    node.style.zIndex = String(1000 - Math.round((x1 - x0) * (y1 - y0) * 999));
    this.nodes.set(block.id, { box: node });
    return node;
  }

  drawWord([x0, y0, x1, y1, confidence, text, polygon]) {
    const title = confidence === null ? text : `${text} · ${percent(confidence)}`;
    const node = el("span", { class: "word", title, "data-grade": confidence === null ? null : grade(confidence) });
    return placeWithin(node, [x0, y0, x1, y1], polygon);
  }

  drawText(block) {
    const facts = [block.language, block.confidence === null ? null : percent(block.confidence)].filter(Boolean);
    const node = el("article", {
      class: "block", tabindex: "0", "data-label": block.label, "data-block": block.id,
      "data-grade": block.confidence === null ? null : grade(block.confidence),
      onclick: () => { if (!window.getSelection().toString()) this.select(block.id, "canvas"); },
      onkeydown: (event) => { if (event.key === "Enter") this.select(block.id, "canvas"); },
      onpointerenter: () => this.hover(block.id, true), onpointerleave: () => this.hover(block.id, false),
    },
    el("header", {}, el("span", { class: "order", text: String(block.number) }), el("span", { class: "label", text: LABELS[block.label] }),
      el("span", { class: "fact", text: facts.join(" · ") }),
      navigator.clipboard && el("button", { class: "copy", title: "Copy the text", "aria-label": "Copy the text", onclick: (event) => this.copy(event, block) }, icon("copy"))),
    block.table ? drawTable(block.table) : said("div", { class: `content level-${block.level || 0}`, dir: "auto" }, block));
    this.nodes.get(block.id).text = node;
    return node;
  }

  // ---- what is shown of it

  layers() {
    const { boxes, words, confidence, hidden } = this.preferences;
    for (const name of ["boxes", "words", "confidence"]) {
      this.root.classList.toggle(`show-${name}`, this.preferences[name]);
      this.toggles[name].setAttribute("aria-pressed", String(this.preferences[name]));
    }
    this.boxes.hidden = !boxes;
    this.words.hidden = !words;
    this.root.classList.toggle("show-confidence", confidence);
    for (const node of this.root.querySelectorAll("[data-block]")) node.classList.toggle("hidden", hidden.includes(node.dataset.label));
    for (const chip of this.legend.children) chip.setAttribute("aria-pressed", String(!hidden.includes(chip.dataset.label)));
  }

  hide(label) {
    const { hidden } = this.preferences;
    this.prefer({ hidden: hidden.includes(label) ? hidden.filter((other) => other !== label) : [...hidden, label] });
  }

  hover(id, isOn) {
    const nodes = this.nodes.get(id);
    nodes?.box.classList.toggle("near", isOn);
    nodes?.text.classList.toggle("near", isOn);
  }

  light(data) {
    // An answer to an older click must not undo a newer one: Python is believed once it has heard of the last choice.
    if (this.told === null) this.selected = data.selected;
    this.lit = new Set(data.lit_blocks);
    this.marks.replaceChildren(...data.lit.map(({ box, polygon }) => placeWithin(el("span", { class: "mark" }), box, polygon)));
    this.mark();
    this.reveal(false);
  }

  mark() {
    for (const [id, { box, text }] of this.nodes) {
      for (const node of [box, text]) {
        node.classList.toggle("on", id === this.selected);
        node.classList.toggle("lit", this.lit.has(id));
      }
    }
  }

  reveal(atOnce) {
    const id = this.selected || [...this.lit][0];
    const nodes = this.nodes.get(id);
    const target = this.finds.querySelector(".shown") || nodes?.box || this.marks.firstElementChild;
    if (target && !this.stage.classList.contains("loading")) scrollWithin(this.canvas, target, atOnce);
    if (nodes) scrollWithin(this.text, nodes.text, atOnce);
  }

  select(id, other) {
    this.selected = this.selected === id ? null : id;
    this.mark();
    const nodes = this.nodes.get(this.selected);
    if (nodes) {
      if (other !== "canvas") scrollWithin(this.text, nodes.text);
      if (other !== "text") scrollWithin(this.canvas, nodes.box);
    }
    this.told = this.selected || "";
    this.send("selected", this.told);
  }

  clear() {
    if (!this.selected && !this.lit.size && !this.marks.children.length) return;
    this.selected = null;
    this.told = "";
    this.lit = new Set();
    this.marks.replaceChildren();
    this.mark();
    this.send("cleared", true);
  }

  step(by) {
    const shown = this.blocks.filter(({ label }) => !this.preferences.hidden.includes(label));
    const next = shown[shown.findIndex(({ id }) => id === this.selected) + by];
    if (next) this.select(next.id);
  }

  // The page that is shown next: quick steps go on from where the last one led, while Python is on its way there.
  aim() {
    return this.wanted && performance.now() < this.wanted.until ? this.wanted.number : this.page.number;
  }

  go(number) {
    if (!Number.isInteger(number) || number < 1 || number > Number(this.number.max) || number === this.aim()) {
      this.number.value = this.aim();
      return;
    }
    this.wanted = { number, until: performance.now() + PATIENCE_MS };
    this.number.value = number;
    this.root.classList.toggle("waiting", number !== this.page.number);
    this.send("page", number);
  }

  async copy(event, block) {
    event.stopPropagation();
    const node = event.currentTarget;
    const text = block.table ? block.table.map((row) => row.map((cell) => cell.text).join("\t")).join("\n") : block.text;
    await navigator.clipboard.writeText(text);
    node.classList.add("done");
    setTimeout(() => node.classList.remove("done"), 1200);
  }

  // ---- image and keyboard

  loaded() {
    this.stage.classList.remove("loading");
    this.fit();
    this.reveal(true);
  }

  // An address has run out, or the server has started again: fresh ones are asked for, now and then.
  broken(image) {
    this.stage.classList.remove("loading");
    image.removeAttribute("src");
    if (performance.now() - this.asked < STALE_MS) return;
    this.asked = performance.now();
    this.drawn = {};
    this.send("stale", true);
  }

  key(event) {
    const at = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName || "")) return;
    if (this.help.open || document.querySelector('[role="dialog"]')) return;
    const { boxes, words, confidence } = this.preferences;
    const does = {
      ArrowLeft: () => this.go(this.aim() - 1), ArrowRight: () => this.go(this.aim() + 1),
      "+": () => this.scale(ZOOMS.step), "=": () => this.scale(ZOOMS.step), "-": () => this.scale(1 / ZOOMS.step),
      w: () => this.zoom("width"), p: () => this.zoom("page"), b: () => this.prefer({ boxes: !boxes }),
      d: () => this.prefer({ words: !words }), c: () => this.prefer({ confidence: !confidence }),
      ArrowDown: this.selected && (() => this.step(1)), ArrowUp: this.selected && (() => this.step(-1)),
      Escape: () => this.clear(), "?": () => this.help.showModal(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }
}
