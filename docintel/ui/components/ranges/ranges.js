// Ticking with Shift: everything between the box that was ticked last and this one is ticked, or not, like this one.
// The boxes are Streamlit's, in containers with the keys `tick-…`; Python is told which two they are.

const TICKED = '[class*="st-key-tick-"]';
const listeners = new WeakMap();
let last = "";

export default function ({ parentElement, setTriggerValue }) {
  listeners.get(parentElement)?.abort();
  const ending = new AbortController();
  const options = { capture: true, signal: ending.signal };
  listeners.set(parentElement, ending);
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && boxOf(event)) event.preventDefault(); // no text is marked
  }, options);
  document.addEventListener("click", (event) => {
    if (event.detail) ticked(event, setTriggerValue); // 0: by the keyboard
  }, options);
  document.addEventListener("keydown", (event) => {
    if (event.key === " ") ticked(event, setTriggerValue);
  }, options);
  return () => ending.abort();
}

// Before Streamlit hears of it: the box still shows what it was.
function ticked(event, setTriggerValue) {
  const box = boxOf(event);
  const id = idOf(box);
  if (!id) return;
  const isTicked = !box.querySelector("input").checked;
  if (event.shiftKey && last && last !== id) setTriggerValue("range", { first: last, last: id, is_ticked: isTicked });
  last = id;
}

function boxOf({ target }) {
  return target.closest?.(TICKED);
}

function idOf(box) {
  return [...(box?.classList ?? [])].find((name) => name.startsWith("st-key-tick-"))?.slice("st-key-tick-".length) ?? "";
}
