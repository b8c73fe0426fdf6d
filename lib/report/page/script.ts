/** Sorting, filtering and zooming of the gallery. It reads the page alone, and puts no text of files into markup. */
export const reportScript = `
"use strict";
(() => {
  const form = document.getElementById("controls");
  const list = document.getElementById("gallery-list");
  const zoom = document.getElementById("zoom");
  if (!form || !list || !zoom) return;
  const items = [...list.children];
  const field = (name) => form.elements.namedItem(name);
  const count = document.getElementById("gallery-count");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  const valueOf = (item, key) => (key in item.dataset ? Number(item.dataset[key]) : NaN);
  function arrange() {
    const key = field("sort").value;
    const sign = field("descending").checked ? -1 : 1;
    const bound = (name, other) => (field(name).value === "" ? other : Number(field(name).value));
    const [least, most] = [bound("least", -Infinity), bound("most", Infinity)];
    const limited = least > -Infinity || most < Infinity;
    const part = field("name").value.toLowerCase();
    const which = field("which").value;
    const title = field("sort").selectedOptions[0].textContent;
    let shown = 0;
    for (const item of items) {
      const value = valueOf(item, key);
      const inside = Number.isNaN(value) ? !limited : value >= least && value <= most;
      const kind = which === "all" || (which === "outlier" ? "outlier" in item.dataset : item.dataset.has === which);
      item.hidden = !(inside && kind && item.dataset.name.includes(part));
      item.querySelector(".value").textContent = key === "dice" ? "" : title + ": " + (Number.isNaN(value) ? "–" : value);
      if (!item.hidden) shown++;
    }
    const place = (item) => { const value = valueOf(item, key); return Number.isNaN(value) ? Infinity : sign * value; };
    items.sort((a, b) => place(a) - place(b) || 0);
    list.append(...items);
    count.textContent = shown + " of " + items.length + " images";
  }
  function overlay() {
    for (const part of [list, zoom]) {
      part.dataset.layer = field("layer").value;
      part.style.setProperty("--strength", field("strength").value / 100);
    }
  }
  form.addEventListener("input", (event) => {
    if (event.target.name === "layer" || event.target.name === "strength") overlay();
    else arrange();
  });
  let [current, scale] = [null, 1];
  const place = zoom.querySelector(".scroll");
  function size() {
    const stack = place.firstElementChild;
    const [w, h] = stack.style.aspectRatio.split("/").map(Number);
    const fit = Math.min((place.clientWidth - 8) / w, (place.clientHeight - 8) / h);
    stack.style.width = Math.round(w * fit * scale) + "px";
    stack.style.height = Math.round(h * fit * scale) + "px";
  }
  function show(item) {
    if (!item) return;
    [current, scale] = [item, 1];
    place.replaceChildren(item.querySelector(".stack").cloneNode(true));
    zoom.querySelector(".name").textContent = item.querySelector("p").title + " – " + item.querySelector("small").textContent;
    if (!zoom.open) zoom.showModal();
    size();
  }
  function step(by) {
    const visible = items.filter((item) => !item.hidden);
    show(visible[visible.indexOf(current) + by]);
  }
  function larger(factor) {
    scale = Math.min(16, Math.max(1, scale * factor));
    size();
  }
  const actions = { previous: () => step(-1), next: () => step(1), in: () => larger(1.5), out: () => larger(1 / 1.5), close: () => zoom.close() };
  list.addEventListener("click", (event) => { if (event.target.closest("button")) show(event.target.closest("li")); });
  zoom.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do]();
    else if (event.target === zoom) zoom.close();
  });
  zoom.addEventListener("close", () => { if (current) current.querySelector("button").focus(); });
  const keys = { ArrowLeft: "previous", ArrowRight: "next", "+": "in", "=": "in", "-": "out" };
  zoom.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || (scale > 1 && event.key.startsWith("Arrow") && event.target === place)) return;
    event.preventDefault();
    actions[action]();
  });
  addEventListener("resize", () => { if (zoom.open) size(); });
  arrange();
  overlay();
})();
`;
