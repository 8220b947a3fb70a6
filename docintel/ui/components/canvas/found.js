// What is looked for in the document, marked on the page and in its text; the place that is shown comes into view.

function showFound({ finds, nodes, canvas, text, stage }, found) {
  finds.replaceChildren(...found.flatMap(({ boxes, shown }) => boxes.map(({ box, polygon }) =>
    placeWithin(el("span", { class: shown ? "found shown" : "found" }), box, polygon))));
  const ranges = found.map((each, number) => rangeOf(each, nodes.get(each.block)?.text, timesBefore(found, number)));
  const chosen = ranges.filter((range, number) => range && found[number].shown);
  highlight("docintel-found", ranges.filter(Boolean));
  highlight("docintel-shown", chosen);
  const mark = finds.querySelector(".shown");
  if (mark && !stage.classList.contains("loading")) scrollWithin(canvas, mark);
  if (chosen.length) scrollWithin(text, chosen[0]);
}

// The same words may stand in a block several times: how often they did before.
const timesBefore = (found, number) => found.slice(0, number).filter(({ block, written }) =>
  block === found[number].block && written === found[number].written).length;

// Where the words stand in a block's text, as a browser's range; nothing where the text says them otherwise.
function rangeOf({ written }, node, times) {
  const content = node?.querySelector(".content");
  if (!content) return null;
  const letters = [];
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (let at = 0; at < walker.currentNode.length; at++) letters.push([walker.currentNode, at]);
  }
  const bare = letters.filter(([part, at]) => part.data[at].trim());
  const all = bare.map(([part, at]) => part.data[at]).join("");
  const wanted = written.replace(/\s+/gu, "");
  let start = -1;
  for (let time = 0; time <= times; time++) start = all.indexOf(wanted, start + 1);
  if (start < 0 || !wanted) return null;
  const range = document.createRange();
  const [last, end] = bare[start + wanted.length - 1];
  range.setStart(...bare[start]);
  range.setEnd(last, end + 1);
  return range;
}

function highlight(name, ranges) {
  if (!window.CSS?.highlights) return; // the page itself is marked all the same
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}
