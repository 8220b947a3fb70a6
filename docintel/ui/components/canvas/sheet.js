// The sheet on its table: how large the page is drawn, and moving it about. Expects `canvas`, `stage`, `percent`, `page`
// and `preferences` of whoever extends it.

const ZOOMS = { least: 0.1, most: 6, step: 1.25 };
const PADDING = 16;

class Sheet {
  natural() {
    return (this.page.width * 96) / 72;
  }

  fit() {
    if (!this.page?.image) return;
    const { zoom } = this.preferences;
    const width = this.canvas.clientWidth - 2 * PADDING;
    const height = this.canvas.clientHeight - 2 * PADDING;
    const ratio = this.page.width / this.page.height;
    const shown = zoom === "width" ? width : zoom === "page" ? Math.min(width, height * ratio) : zoom * this.natural();
    this.stage.style.width = `${Math.max(shown, 40)}px`;
    this.stage.style.aspectRatio = String(ratio);
    this.percent.textContent = percent(shown / this.natural());
  }

  zoom(value, at) {
    const frame = this.canvas.getBoundingClientRect();
    const x = at ? at.clientX - frame.left : frame.width / 2;
    const y = at ? at.clientY - frame.top : frame.height / 2;
    const before = this.stage.getBoundingClientRect();
    const fx = (x + frame.left - before.left) / before.width;
    const fy = (y + frame.top - before.top) / before.height;
    this.prefer({ zoom: value });
    this.fit();
    const after = this.stage.getBoundingClientRect();
    this.canvas.scrollBy(after.left + fx * after.width - frame.left - x, after.top + fy * after.height - frame.top - y);
  }

  scale(by, at) {
    const now = this.stage.getBoundingClientRect().width / this.natural();
    this.zoom(Math.min(Math.max(now * by, ZOOMS.least), ZOOMS.most), at);
  }

  drag(event) {
    this.dragged = false;
    if (event.button !== 0 || event.pointerType === "touch") return;
    const { clientX, clientY } = event;
    const { scrollLeft, scrollTop } = this.canvas;
    const move = ({ clientX: x, clientY: y }) => {
      if (Math.hypot(x - clientX, y - clientY) > 4) this.dragged = true;
      if (!this.dragged) return;
      this.canvas.classList.add("panning");
      this.canvas.scrollTo({ left: scrollLeft - x + clientX, top: scrollTop - y + clientY });
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      this.canvas.classList.remove("panning");
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
  }
}
