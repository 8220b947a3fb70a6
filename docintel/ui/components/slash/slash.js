// `/` focuses the search field; on other pages it opens the search page first.

const FIELD = ".st-key-search-field input";
const PATIENCE_MS = 15_000;
const COMING = "docintel.search";

export default function () {
  const listen = (event) => onKey(event);
  document.addEventListener("keydown", listen);
  if (sessionStorage.getItem(COMING)) focusWhenThere();
  return () => document.removeEventListener("keydown", listen);
}

function onKey(event) {
  const at = event.composedPath()[0];
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName || "")) return;
  if (document.querySelector('[role="dialog"]')) return;
  event.preventDefault();
  if (focusField()) return;
  sessionStorage.setItem(COMING, "1");
  const link = document.querySelector('a[href$="/search"]');
  if (link) link.click();
  else location.assign("search"); // on a small screen the links are folded away
  focusWhenThere();
}

function focusField() {
  const field = document.querySelector(FIELD);
  field?.focus();
  field?.select();
  if (field) sessionStorage.removeItem(COMING);
  return Boolean(field);
}

function focusWhenThere() {
  if (focusField()) return;
  const observer = new MutationObserver(() => focusField() && observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), PATIENCE_MS);
}
