import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModel, Model, Predictor } from "../../lib/index.js";
import { fill } from "../model/formula.js";
import { codeBlocks, root } from "../pages.js";
import { picture } from "../predict/pictures.js";
import { python } from "../python.js";

const block = (language: string) => codeBlocks("docs/export.md", language)[0] as string;

describe("docs/export.md", () => {
  // Inside of the package, where its scripts find what it has installed.
  mkdirSync(`${root}.acinus`, { recursive: true });
  const folder = mkdtempSync(`${root}.acinus/export-`);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let share = 0; // of cell pixels
  beforeAll(async () => {
    const { data, height, width } = picture(40, 57, 1);
    await sharp(data, { raw: { height, width, channels: 3 } }).toFile(join(folder, "cells.png"));
    using model = await fill(await Model.create({ encoder: "efficientnet-b0" }));
    await exportModel(model, join(folder, "best.onnx"), { pixels: "uint8" });
    const { mask } = await new Predictor(model).predict(join(folder, "cells.png"));
    share = mask.filter((value) => value === 1).length / mask.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.95);
  });

  it("shows a script for Node that finds our cells", () => {
    // Of the two runtimes that the page names, the one that is installed here.
    writeFileSync(join(folder, "script.mjs"), block("js").replace("onnxruntime-node", "onnxruntime-web"));
    const { stdout, stderr, status } = spawnSync(process.execPath, ["script.mjs"], { cwd: folder, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("[ 1, 1, 40, 57 ]");
    expect(Number(stdout.trim().split(/\s+/).at(-1))).toBeCloseTo(share, 3);
  });

  it.runIf(python)("shows a script for Python that finds our cells (ACINUS_TEST_PYTHON)", () => {
    const { stdout, stderr, status } = spawnSync(python as string, ["-c", block("python")], { cwd: folder, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("(40, 57)");
    expect(Number(stdout.trim().split(/\s+/).at(-1))).toBeCloseTo(share, 3);
  });
});
