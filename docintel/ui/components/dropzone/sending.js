// Files on their way to the server, a few at a time. One Sending lives as long as the browser's page does: whoever shows
// it (`viewer`, with `draw` and `tell`) may come and go. Every file is sent until the server has taken or refused it.

const AT_ONCE = 2;
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const TELL_MS = 1_500;
const LATER = [429, 503, 507];
const BROKE_OFF = "The connection broke off.";
const LEFT = "The page was left before it was sent. Choose it again.";
const RECORD = "docintel-uploads"; // in the tab's own storage: what became of files outlives a reload
const MOST_KEPT = 500;

class Sending {
  constructor() {
    this.items = [];
    this.refused = [];
    this.known = [];
    this.added = 0;
    this.renewed = {}; // path → address that is valid again, for the same options
    this.viewer = null; // it also says `address`, `maxBytes` and `maxSize`
    this.remember();
    window.addEventListener("pagehide", () => {
      this.refused.push(...this.items.filter(({ state }) => state !== "taking").map(({ name }) => ({ name, error: LEFT })));
      this.keep();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.items.length) event.preventDefault();
    });
  }

  remember() {
    try {
      const { refused = [], known = [], added = 0 } = JSON.parse(sessionStorage.getItem(RECORD) ?? "{}");
      Object.assign(this, { refused, known, added });
    } catch { /* no storage, or nothing of ours in it */ }
  }

  keep() {
    const { refused, known, added } = this;
    try {
      sessionStorage.setItem(RECORD, JSON.stringify({ refused: refused.slice(0, MOST_KEPT), known: known.slice(0, MOST_KEPT), added }));
    } catch { /* no storage, or no room in it */ }
  }

  // Files that come together go to the same address, which says how they shall be read.
  add(files) {
    const batch = { address: this.address };
    for (const { file, name } of files) {
      if (file.size > this.maxBytes) this.refused.push({ name, error: `The file is larger than ${this.maxSize}, the limit. Split it.` });
      else this.items.push({ file, name, state: "waiting", batch, sent: 0, tries: 0, error: "" });
    }
    this.next();
  }

  next() {
    const active = this.items.filter(({ request }) => request).length;
    const waiting = this.items.filter(({ state }) => state === "waiting");
    for (const item of waiting.slice(0, Math.max(AT_ONCE - active, 0))) this.send(item);
    this.changed();
  }

  send(item) {
    const request = new XMLHttpRequest();
    Object.assign(item, { request, state: "sending", sent: 0 });
    request.open("PUT", item.batch.address);
    request.setRequestHeader("X-File-Name", encodeURIComponent(item.name.toWellFormed()));
    request.upload.onprogress = ({ loaded }) => {
      item.sent = loaded;
      this.changed();
    };
    request.upload.onload = () => {
      item.state = "taking";
      this.changed();
    };
    request.onload = () => this.answered(item, request);
    request.onerror = () => this.later(item, BROKE_OFF);
    request.send(item.file);
  }

  answered(item, request) {
    item.request = null;
    if (request.status === 200) this.took(item, JSON.parse(request.responseText).taken);
    else if (LATER.includes(request.status)) this.later(item, words(request));
    else if (request.status === 403) this.renew(item, words(request));
    else this.refuse(item, words(request));
  }

  took(item, taken) {
    this.refused.push(...taken.filter(({ error }) => error));
    this.known.push(...taken.filter(({ is_duplicate }) => is_duplicate).map(({ name }) => alreadyHere(name, item.name)));
    this.added += taken.filter(({ error, is_duplicate }) => !error && !is_duplicate).length;
    this.drop(item);
    this.tellSoon();
  }

  // The server has no room just now, or cannot be reached. The first may last; a file that is gone looks like the second.
  later(item, why) {
    item.request = null;
    item.tries += 1;
    if (why === BROKE_OFF && item.tries > WAITS_MS.length) return this.refuse(item, why);
    Object.assign(item, { state: "later", error: why });
    setTimeout(() => this.wait(item), WAITS_MS[Math.min(item.tries, WAITS_MS.length) - 1]);
    return this.next();
  }

  wait(item) {
    if (!this.items.includes(item)) return;
    item.state = "waiting";
    this.next();
  }

  // The address has expired: the script is asked for another one for the same options, once it is looked at again.
  renew(item, why) {
    const path = pathOf(item.batch.address);
    if (this.viewer) item.tries += 1;
    if (item.tries > WAITS_MS.length) return this.refuse(item, why);
    item.state = "stale";
    this.viewer?.tell("stale", path);
    setTimeout(() => {
      item.batch.address = this.renewed[path] ?? item.batch.address;
      this.wait(item);
    }, this.viewer ? WAITS_MS[item.tries - 1] : WAITS_MS.at(-1));
    return this.next();
  }

  refuse(item, error) {
    this.refused.push({ name: item.name, error });
    this.drop(item);
  }

  drop(item) {
    item.request = null;
    this.items = this.items.filter((each) => each !== item);
    this.next();
  }

  cancel(item) {
    item.request?.abort();
    this.drop(item);
  }

  cancelAll() {
    for (const item of this.items.filter(({ state }) => state !== "taking")) this.cancel(item);
  }

  forget() {
    Object.assign(this, { refused: [], known: [], added: 0 });
    this.changed();
  }

  tellSoon() {
    const tell = () => {
      clearTimeout(this.timer);
      this.timer = null;
      this.viewer?.tell("taken");
    };
    if (!this.items.length) tell();
    else this.timer ??= setTimeout(tell, TELL_MS);
  }

  changed() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.keep();
      this.viewer?.draw();
    });
  }
}

function pathOf(address) {
  return address.split("?")[0];
}

function alreadyHere(name, sentAs) {
  return { name, error: name === sentAs ? "Already here." : `Already here; it came as ${sentAs}.` };
}

function words({ status, responseText, getResponseHeader }) {
  return responseText.length < 500 ? responseText : `The server did not take it (status ${status}).`;
}
