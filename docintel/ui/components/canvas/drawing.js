// What the canvas is drawn with: words, shapes and nodes. Text from documents is set as text, never as markup.

const LABELS = {
  title: "Title", section_header: "Heading", text: "Text", list_item: "List item", table: "Table",
  key_value: "Key and value", form: "Form", checkbox: "Checkbox", caption: "Caption", footnote: "Footnote",
  page_header: "Page header", page_footer: "Page footer", picture: "Picture", chart: "Chart", formula: "Formula",
  code: "Code", stamp: "Stamp", signature: "Signature",
};
const STATES = {
  queued: "This page is waiting to be read.",
  reading: "This page is being read…",
  failed: "This page could not be read.",
  cancelled: "Reading was cancelled before this page.",
};
const SHORTCUTS = [
  ["←  →", "Previous and next page"], ["+  −", "Zoom in and out"], ["Ctrl + wheel", "Zoom at the pointer"],
  ["W  P", "Fit width, fit page"], ["B", "Boxes"], ["D", "Words"], ["C", "Confidence"],
  ["↑  ↓", "Previous and next block, once one is chosen"], ["Esc", "Let go of the chosen block"], ["?", "This help"],
];
const ICONS = {
  previous: "M10 3 5 8l5 5", next: "M6 3l5 5-5 5", plus: "M8 3v10M3 8h10", minus: "M3 8h10",
  width: "M2 3v10M14 3v10M4.5 8h7M6.5 6l-2 2 2 2M9.5 6l2 2-2 2",
  page: "M3 2h10M3 14h10M8 4.5v7M6 6.5l2-2 2 2M6 9.5l2 2 2-2", copy: "M5 5V2.5h8.5V11H11M2.500 5H11v8.5H2.500z",
};

// The first letter decides, as it does for dir="auto"; but for a table, whose columns run the way that most is written.
const FROM_RIGHT = "[\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}\\p{Script=Thaana}]";
const RIGHT_TO_LEFT = new RegExp(`^[^\\p{L}]*${FROM_RIGHT}`, "u");
const count = (text, letters) => text.match(new RegExp(letters, "gu"))?.length || 0;
const runsFromRight = (text) => 2 * count(text, FROM_RIGHT) > count(text, "\\p{L}");

function drawing(viewBox, tag, attributes) {
  const [svg, shape] = ["svg", tag].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  svg.append(shape);
  return svg;
}

const icon = (name) => drawing("0 0 16 16", "path", { d: ICONS[name] });

function place(node, [x0, y0, x1, y1]) {
  node.style.left = `${x0 * 100}%`;
  node.style.top = `${y0 * 100}%`;
  node.style.width = `${(x1 - x0) * 100}%`;
  node.style.height = `${(y1 - y0) * 100}%`;
  return node;
}

// What stands in a box; on a page that bends or leans, within an outline.
function placeWithin(node, box, polygon) {
  if (polygon) {
    const [x0, y0, x1, y1] = box;
    const points = polygon.map(([x, y]) => `${(x - x0) / (x1 - x0)},${(y - y0) / (y1 - y0)}`).join(" ");
    const outline = drawing("0 0 1 1", "polygon", { points });
    outline.setAttribute("preserveAspectRatio", "none");
    node.classList.add("outlined");
    node.append(outline);
  }
  return place(node, box);
}

const percent = (value) => `${Math.round(value * 100)}%`;
const grade = (value) => (value >= 0.9 ? "good" : value >= 0.7 ? "fair" : "poor");
const withoutSignature = (address) => (address || "").split("?")[0];

function unsigned(value) {
  return value?.image ? { ...value, image: withoutSignature(value.image) } : value;
}

// A node that says a text, struck pieces of it struck.
function said(tag, attributes, { text, pieces }) {
  if (!pieces?.length) return el(tag, { ...attributes, text });
  return el(tag, attributes, ...pieces.map(([piece, isStruck]) => el(isStruck ? "s" : "span", { text: piece })));
}

function drawTable(rows) {
  const body = el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => said(cell.header ? "th" : "td", {
    dir: "auto", rowspan: cell.rows > 1 ? cell.rows : null, colspan: cell.columns > 1 ? cell.columns : null,
  }, cell)))));
  const direction = runsFromRight(rows.flat().map((cell) => cell.text).join(" ")) ? "rtl" : "ltr";
  return el("div", { class: "content scroll", dir: direction }, el("table", {}, body));
}

function scrollWithin(frame, node, atOnce = false) {
  const outer = frame.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  const isSeen = inner.top >= outer.top && inner.bottom <= outer.bottom && inner.left >= outer.left && inner.right <= outer.right;
  if (isSeen) return;
  const middle = (size, place) => Math.max((size - place) / 2, 12);
  frame.scrollBy({
    top: inner.top - outer.top - middle(outer.height, inner.height),
    left: inner.left - outer.left - middle(outer.width, inner.width),
    behavior: atOnce ? "instant" : "smooth",
  });
}
