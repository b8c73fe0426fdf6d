import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { codeBlocks } from "../pages.js";
import { root } from "./run.js";

const script = codeBlocks("README.md", "ts").join("\n");

/** What a reader would change to run it on a small set: the names of files stay, only the sizes of the work are others. */
const substitutions: [string, string][] = [
  ['encoder: "efficientnet-b7"', 'encoder: "efficientnet-b0"'],
  ["epochs: 30", "epochs: 1"],
  ["epoch < 2", "epoch < 1"],
];

describe("the README's script", () => {
  // Inside of the package, so that `import "acinus"` is this package, as its users see it.
  mkdirSync(`${root}.acinus`, { recursive: true });
  const folder = mkdtempSync(`${root}.acinus/readme-`);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    await synthesize(join(folder, "synthetic"), { images: 12, size: 64, seed: 1, validation: 0, emptyShare: 0.5 });
    mkdirSync(join(folder, "data"));
    renameSync(join(folder, "synthetic/train"), join(folder, "data/tnbc"));
    for (const kind of ["images", "masks"]) {
      // Names begin with a patient's number there.
      for (let i = 0; i < 12; i++) {
        const style = ["fluorescence", "he"].map((name) => `${name}-${String(i).padStart(5, "0")}.png`);
        for (const name of style) {
          try {
            renameSync(join(folder, "data/tnbc", kind, name), join(folder, "data/tnbc", kind, `0${i % 4}_${i}.png`));
          } catch {}
        }
      }
    }
    cpSync(join(folder, "data/tnbc/images/00_0.png"), join(folder, "slide.png"));
    using model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
    await model.save(join(folder, "imagenet.safetensors"));
  });

  it("compiles as strict TypeScript against the published types, and nothing in it is any", () => {
    const any = ["dataset.statistics", "train", "event", "scores", "scores.diceMicro.value", "cells", "loop"].filter(
      (name) => name !== "event",
    );
    const checks = any.map((name, i) => `const notAny${i}: 0 extends 1 & typeof ${name} ? never : true = true;`);
    writeFileSync(
      join(folder, "script.ts"),
      `${script}\n${checks.join("\n")}\nconsole.log(${any.map((_, i) => `notAny${i}`).join(", ")});\n`,
    );
    const options = {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      strict: true,
      types: ["node"],
      outDir: "out",
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["script.ts"] }));
    const { status, stdout } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("runs, with a smaller encoder and fewer epochs", () => {
    let source = readFileSync(join(folder, "out/script.js"), "utf8");
    for (const [from, to] of substitutions) {
      expect(source).toContain(from);
      source = source.replace(from, to);
    }
    writeFileSync(join(folder, "out/script.js"), source);
    const { status, stderr, stdout } = spawnSync(process.execPath, ["out/script.js"], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("averageCellShare");
    for (const file of [
      "best.safetensors",
      "slide.geojson",
      "runs/a/checkpoint-best.safetensors",
      "runs/b/checkpoint-last.safetensors",
    ]) {
      expect(readFileSync(join(folder, file)).length).toBeGreaterThan(0);
    }
  });
});
