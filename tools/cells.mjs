/**
 * Draws touching cells, tells them apart with and without the watershed, and prints the table of docs/cells.md that is about them. Then times the
 * watershed on 4096 × 4096 px with 5,041 cells that do not touch, and with as many that fill the image.
 *
 *   node tools/cells.mjs          after npm run build
 */
import { metrics } from "../dist/lib/functional/index.js";
import { Prediction } from "../dist/lib/index.js";

const [side, radius] = [1024, 14];
let state = 7;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** Ellipses whose neighbours overlap by up to a tenth of their size. A later one lies over an earlier one. */
const labels = new Int32Array(side * side);
const depth = new Float32Array(side * side);
let count = 0;
for (let cy = radius; cy < side; cy += 1.85 * radius) {
  for (let cx = radius; cx < side; cx += 1.85 * radius) {
    if (random() < 0.2) continue;
    count++;
    const [a, b, turn] = [radius * (0.75 + 0.35 * random()), radius * (0.75 + 0.35 * random()), Math.PI * random()];
    const [y0, x0] = [cy + 3 * random(), cx + 3 * random()];
    for (let y = Math.max(0, Math.floor(y0 - 20)); y < Math.min(side, y0 + 21); y++) {
      for (let x = Math.max(0, Math.floor(x0 - 20)); x < Math.min(side, x0 + 21); x++) {
        const [u, v] = [x - x0, y - y0];
        const [p, q] = [u * Math.cos(turn) + v * Math.sin(turn), v * Math.cos(turn) - u * Math.sin(turn)];
        const inside = 1 - Math.hypot(p / a, q / b);
        if (inside <= (depth[y * side + x] ?? 0)) continue;
        depth[y * side + x] = inside;
        labels[y * side + x] = count;
      }
    }
  }
}
// As a network sees them: blurred rims, and some noise.
const probability = depth.map((inside) => 1 / (1 + Math.exp(-16 * (inside - 0.03))) + 0.04 * (random() - 0.5));
probability.forEach((p, i) => {
  probability[i] = Math.min(1, Math.max(0, p));
});
const truth = Uint8Array.from(labels, (label) => (label > 0 ? 1 : 0));

console.log("| Drawn cells that touch | F1 | AP 0.5:0.95 | AJI | PQ | merged below 3 px |\n|---|---|---|---|---|---|");
for (const method of /** @type {const} */ (["components", "watershed"])) {
  const found = await Prediction.of(probability, side, side, { separation: { method } });
  const cells = { predictedCells: found.labels, trueCells: labels };
  const { objects } = metrics(found.mask, truth, side, side, undefined, cells);
  const { f1, averagePrecision, aggregatedJaccard, panopticQuality, mergeRate } = objects;
  const shown = [f1, averagePrecision, aggregatedJaccard, panopticQuality, mergeRate].map((score) => score.toFixed(3));
  console.log(`| ${method} | ${shown.join(" | ")} |`);
}

const large = 4096;
for (const size of [18, 31]) {
  const map = new Float32Array(large * large).fill(0.02);
  for (let cy = 29; cy < large; cy += 58) {
    for (let cx = 29; cx < large; cx += 58) {
      const r = size * (0.9 + 0.2 * random());
      for (let y = Math.max(0, Math.ceil(cy - r)); y <= Math.min(large - 1, cy + r); y++) {
        for (let x = Math.max(0, Math.ceil(cx - r)); x <= Math.min(large - 1, cx + r); x++) {
          const inside = 1 - (0.3 * Math.hypot(x - cx, y - cy)) / r;
          const i = y * large + x;
          if (inside >= 0.7) map[i] = Math.max(map[i] ?? 0, inside - 0.01 * random());
        }
      }
    }
  }
  let [best, processor, cells] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < 5; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    const found = await Prediction.of(map, large, large, { separation: { method: "watershed", minimumSize: 8 } });
    best = Math.min(best, performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor = Math.min(processor, (user + system) / 1000);
    cells = found.instances.length;
  }
  console.log(`4096² with ${cells} cells of radius ${size}: ${best.toFixed(0)} ms, ${processor.toFixed(0)} ms of processors`);
}
