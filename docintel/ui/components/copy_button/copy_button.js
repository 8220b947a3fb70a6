// Copies a text; `elements.js` stands before it in the same module.

const SHOWN_MS = 2000;

export default function ({ parentElement, data }) {
  const status = el("span", { role: "status" });
  const button = el("button", { class: "copy", type: "button", text: data.label, onclick: () => copied(data.text, status) });
  parentElement.querySelector(".copying")?.remove(); // of the run before; the style beside it stays
  parentElement.append(el("div", { class: "copying" }, button, status));
}

async function copied(text, status) {
  const isDone = navigator.clipboard ? await navigator.clipboard.writeText(text).then(() => true, () => false) : selected(text);
  status.textContent = isDone ? "Copied" : "The browser does not allow it. Select the text instead.";
  setTimeout(() => { status.textContent = ""; }, SHOWN_MS);
}

// Where the page comes over plain HTTP from another machine, browsers offer no clipboard but that of a selection.
function selected(text) {
  const area = el("textarea", { readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  return isDone;
}
