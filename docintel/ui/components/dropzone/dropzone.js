// The upload field: where files are dropped or chosen, and what becomes of each. Names and reasons are set as text.
// `elements.js` and `sending.js` stand before it in the same module.

const MOST_WAITING = 3;
const MOST_REFUSED = 50;
const SYSTEM_FILES = ["thumbs.db", "desktop.ini"];
const UNKNOWN_KIND = "docintel does not read files of this kind.";
const sending = new Sending();
const memory = new WeakMap();

export default function (component) {
  const { parentElement } = component;
  if (!memory.has(parentElement)) memory.set(parentElement, new Dropzone(parentElement));
  const zone = memory.get(parentElement);
  zone.update(component);
  return () => {
    zone.destroy();
    memory.delete(parentElement);
  };
}

class Dropzone {
  constructor(parent) {
    this.rows = [];
    this.input = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.chosen() });
    this.hint = el("span", { class: "hint" });
    this.into = el("span", { class: "into", dir: "auto" });
    this.zone = el("div", { class: "zone", role: "group", "aria-label": "Add documents",
      ondragover: (event) => this.over(event), ondragleave: () => this.zone.classList.remove("over"), ondrop: (event) => this.dropped(event) },
    el("button", { class: "choose", text: "Choose files", onclick: () => this.input.click() }), this.hint, this.into, this.input);
    this.status = el("span", { class: "status", role: "status" });
    this.cancel = el("button", { class: "quiet", text: "Cancel all", onclick: () => sending.cancelAll() });
    this.dismiss = el("button", { class: "quiet", text: "Dismiss", onclick: () => sending.forget() });
    this.summary = el("div", { class: "summary" }, this.status, this.cancel, this.dismiss);
    this.list = el("ul", { class: "list", "aria-label": "Files on their way" });
    this.refused = el("ul", { class: "list", "aria-label": "Files that were not taken" });
    this.known = el("ul", { class: "list", "aria-label": "Files that are already here" });
    this.root = el("div", { class: "dropzone" }, this.zone, this.summary, this.list, this.refused, this.known);
    parent.append(this.root);
  }

  update({ data, setTriggerValue }) {
    this.tell = (event, value = true) => setTriggerValue(event, value);
    this.folders = data.in_folders;
    this.input.accept = data.offered;
    this.hint.textContent = `or drop files, folders and zips here, up to ${data.max_size} each`;
    this.into.textContent = data.into;
    Object.assign(sending.renewed, data.renewed);
    Object.assign(sending, { viewer: this, address: data.address, maxBytes: data.max_bytes, maxSize: data.max_size });
    this.draw();
  }

  destroy() {
    if (sending.viewer === this) sending.viewer = null;
    this.root.remove();
  }

  chosen() {
    sending.add([...this.input.files].map((file) => ({ file, name: file.name })));
    this.input.value = "";
  }

  over(event) {
    event.preventDefault();
    this.zone.classList.add("over");
  }

  async dropped(event) {
    event.preventDefault();
    this.zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    for (const entry of entries) {
      if (entry.isDirectory) sending.add(await this.inside(entry));
      else sending.add(await opened(entry, entry.name));
    }
  }

  // A folder's documents; hidden files are left out, and what is no document is named.
  async inside(folder) {
    const found = [];
    for (const entry of await entriesOf(folder)) {
      if (entry.name.startsWith(".") || entry.name.startsWith("~$")) continue;
      if (entry.isDirectory) found.push(...await this.inside(entry));
      else if (this.folders.some((suffix) => entry.name.toLowerCase().endsWith(suffix))) found.push(...await opened(entry, entry.fullPath.slice(1)));
      else if (!SYSTEM_FILES.includes(entry.name.toLowerCase())) sending.refused.push({ name: entry.fullPath.slice(1), error: UNKNOWN_KIND });
    }
    return found;
  }

  draw() {
    const waiting = sending.items.filter(({ state }) => state === "waiting");
    const shown = sending.items.filter((item) => item.state !== "waiting" || waiting.indexOf(item) < MOST_WAITING);
    this.show(shown);
    this.refused.replaceChildren(...noted(sending.refused, "refused"));
    this.known.replaceChildren(...noted(sending.known, "known"));
    this.say(summary(shown.length));
    this.cancel.hidden = sending.items.length < 2;
    this.dismiss.hidden = sending.items.length > 0 || !this.status.textContent;
  }

  // Rows stay while their file is on its way, so that a focused button keeps its focus.
  show(items) {
    for (const item of items) item.row ??= row(item);
    const rows = items.map(({ row: { root } }) => root);
    if (rows.length !== this.list.children.length || rows.some((node, place) => this.list.children[place] !== node)) this.list.replaceChildren(...rows);
    for (const item of items) refresh(item);
  }

  // Said aloud by screen readers, so only when it is news.
  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

function noted(files, kind) {
  return files.slice(0, MOST_REFUSED).map(({ name, error }) => el("li", { class: kind },
    el("span", { class: "name", text: name, title: name, dir: "auto" }), el("span", { class: "why", text: error, dir: "auto" })));
}

function row(item) {
  const bar = el("progress", { max: 1, "aria-label": item.name });
  const state = el("span", { class: "why" });
  const cancel = el("button", { class: "quiet", text: "Cancel", "aria-label": `Cancel ${item.name}`, onclick: () => sending.cancel(item) });
  return { bar, state, cancel, root: el("li", {}, el("span", { class: "name", text: item.name, title: item.name, dir: "auto" }), bar, state, cancel) };
}

function refresh({ row: { bar, state, cancel }, state: now, sent, file, error }) {
  const share = file.size ? sent / file.size : 0;
  const texts = { waiting: "Waiting", sending: `${Math.floor(share * 100)} %`, taking: "Adding…", later: `Waiting: ${error}`, stale: "Waiting" };
  if (now === "taking") bar.removeAttribute("value");
  else bar.value = now === "sending" ? share : 0;
  state.textContent = texts[now];
  cancel.hidden = now === "taking";
}

function summary(numShown) {
  const { items, added, known, refused } = sending;
  const more = items.length - numShown;
  const parts = [[added, "added"], [known.length, "already here"], [refused.length, "not taken"], [more, "more to come"]];
  const text = parts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString()} ${what}`).join(", ");
  return refused.length > MOST_REFUSED ? `${text} (the first ${MOST_REFUSED} are shown)` : text;
}

function opened(entry, name) {
  const unreadable = { name, error: "The browser cannot read it." };
  return new Promise((resolve) => entry.file((file) => resolve([{ file, name }]), () => resolve(sending.refused.push(unreadable) && [])));
}

// The browser hands them over a hundred at a time, until there are none.
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}
