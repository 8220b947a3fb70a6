// A key focuses a field. `data`: the key, whether with Ctrl (or Command), the field's selector; the page that has it,
// which is opened where the field is not; buttons that Enter and Shift+Enter press while the field has the focus.

const PATIENCE_MS = 15_000;
const COMING = "docintel.field";

export default function ({ data }) {
  const listen = (event) => onKey(event, data);
  document.addEventListener("keydown", listen);
  if (sessionStorage.getItem(COMING) === data.field) focusWhenThere(data.field);
  return () => document.removeEventListener("keydown", listen);
}

function onKey(event, { key, ctrl, field, page, next, previous }) {
  const at = event.composedPath()[0];
  if (next && event.key === "Enter" && at.matches?.(field)) {
    document.querySelector(event.shiftKey ? previous : next)?.click();
    return;
  }
  const isOurs = event.key === key && Boolean(ctrl) === (event.ctrlKey || event.metaKey) && !event.altKey;
  const isTyping = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName || "");
  if (!isOurs || (isTyping && !ctrl) || event.defaultPrevented || document.querySelector('[role="dialog"]')) return;
  if (focusField(field)) {
    event.preventDefault();
  } else if (page) {
    event.preventDefault();
    sessionStorage.setItem(COMING, field);
    const link = document.querySelector(`a[href$="/${page}"]`);
    if (link) link.click();
    else location.assign(page); // on a small screen the links are folded away
    focusWhenThere(field);
  }
}

function focusField(selector) {
  const field = document.querySelector(selector);
  field?.focus();
  field?.select();
  if (field && sessionStorage.getItem(COMING) === selector) sessionStorage.removeItem(COMING);
  return Boolean(field);
}

function focusWhenThere(selector) {
  if (focusField(selector)) return;
  const observer = new MutationObserver(() => focusField(selector) && observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), PATIENCE_MS);
}
