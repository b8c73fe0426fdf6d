/** How much memory `acinus predict` takes for a large image: `node dist/bench/slide-memory.js [side] [options of predict]`. Draws the image in strips itself. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Model } from "../lib/model/model.js";
import { drawSlide } from "./slide-image.js";

const [side = "20000", ...options] = process.argv.slice(2);
const folder = join(tmpdir(), `acinus-slide-${side}`);
mkdirSync(folder, { recursive: true });
const slide = join(folder, "slide.tif");
if (!existsSync(slide)) await drawSlide(slide, "mixed", Number(side), 1);
const weights = join(folder, "b0.safetensors");
if (!existsSync(weights)) {
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  await model.save(weights);
}

const out = mkdtempSync(join(folder, "out-"));
const cli = fileURLToPath(new URL("../bin/acinus.js", import.meta.url));
const own = options.some((option) => option.endsWith(".safetensors")) ? [] : [weights];
const args = ["predict", ...own, ...options, slide, "-o", out, "--tile", "512", "--format", "png,prob,labels,geojson"];
const started = performance.now();
const child = spawn(process.execPath, [cli, ...args], { stdio: "inherit" });
let peak = 0;
const watch = setInterval(() => {
  try {
    peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peak);
  } catch {
    clearInterval(watch); // it has ended
  }
}, 250);
child.on("close", (code) => {
  clearInterval(watch);
  rmSync(out, { recursive: true, force: true });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${side}×${side} px: ${(peak / 1e6).toFixed(2)} GB at most, ${seconds.toFixed(0)} s, code ${code}\n`);
});
