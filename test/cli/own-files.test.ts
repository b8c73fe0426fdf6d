import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Model } from "../../lib/model/model.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

/** What users have on their disk stays as it is, whatever a command is told to write there. */
const root = temporary();
const data = join(root, "data");
const images = join(data, "train", "images");
const masks = join(data, "train", "masks");
const weights = join(root, "weights.safetensors");

beforeAll(async () => {
  await synthesize(data, { images: 3, size: 64, seed: 2, validation: 0, emptyShare: 0 });
  using model = await Model.create({ encoder: "efficientnet-b0", seed: 1 });
  await model.save(weights);
});

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "base64")]),
  );
}

describe("predict", () => {
  it("puts masks beside the images under other names, says so, and does not take them for images", async () => {
    const before = contents(images);
    const first = await acinus(["predict", weights, images, "-o", images, "--threads", "1"]);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/The name of .*00000\.png is taken in .*: its results begin with .*00000-predicted\./);
    const after = contents(images);
    expect(after).toMatchObject(before);
    const second = await acinus(["predict", weights, images, "-o", images, "--threads", "1"]);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain("3 results of earlier predictions");
    expect(contents(images)).toEqual(after);
  });

  it("does not write over masks that it has not made, whatever leads to them", async () => {
    const before = contents(masks);
    for (const out of [masks, join(images, "..", "masks", ".")]) {
      const { code, stderr } = await acinus(["predict", weights, images, "-o", out]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/\[ACINUS_FILE_EXISTS\] .*masks.*00000\.png is there already.* Choose another folder/);
    }
    expect(contents(masks)).toEqual(before);
  });
});

it("export replaces its own file, and another one only with --force", async () => {
  const file = join(root, "best.pth");
  for (let time = 0; time < 2; time++) expect((await acinus(["export", weights, "-o", file])).code).toBe(0);
  writeFileSync(file, "weights of another program");
  const refused = await acinus(["export", weights, "-o", file]);
  expect([refused.code, readFileSync(file, "utf8")]).toEqual([1, "weights of another program"]);
  expect(refused.stderr).toContain("force");
  expect((await acinus(["export", weights, "-o", file, "--force"])).code).toBe(0);
  const before = readFileSync(weights);
  const onto = await acinus(["export", weights, "-o", `${root}/./weights.safetensors`, "--force"]);
  expect([onto.code, readFileSync(weights).equals(before)]).toEqual([1, true]);
});

describe("train --overwrite", () => {
  it("refuses a folder that holds images, masks and files of the user's, however it is named", async () => {
    const folder = join(root, "project");
    for (const name of ["validation", "report"]) cpSync(join(data, "train"), join(folder, name), { recursive: true });
    for (const name of ["config.json", "checkpoint-best.safetensors"]) writeFileSync(join(folder, name), "{}");
    mkdirSync(join(root, "plain"));
    writeFileSync(join(root, "plain", "thesis.tex"), "years");
    const before = contents(root);
    for (const out of [folder, `${folder}/.`, join(root, "plain"), root, "/"]) {
      const args = ["train", join(folder, "validation"), "-o", out, "--overwrite", "--preset", "fast", "--epochs", "1"];
      const { code, stderr } = await acinus(args);
      expect(code, out).toBe(1);
      expect(stderr).toMatch(/ACINUS_(NOT_A_RUN|FILE_EXISTS)/);
    }
    expect(contents(root)).toEqual(before);
    expect(existsSync("/config.json")).toBe(false);
  });
});

describe("synth --force", () => {
  it("replaces its own tiles, and no file that was added or changed", async () => {
    const folder = join(root, "set");
    const synth = (...more: string[]) => acinus(["synth", folder, "--images", "4", "--size", "32", ...more]);
    expect((await synth()).code).toBe(0);
    writeFileSync(join(folder, "train", "notes.txt"), "mine");
    expect((await synth("--force", "--seed", "2")).code).toBe(0);
    expect(readFileSync(join(folder, "train", "notes.txt"), "utf8")).toBe("mine");
    const [mask] = readdirSync(join(folder, "train", "masks")) as [string];
    writeFileSync(join(folder, "train", "masks", mask), "corrected");
    const before = contents(folder);
    const refused = await synth("--force", "--seed", "2");
    expect([refused.code, refused.stderr.includes(mask)]).toEqual([1, true]);
    expect(contents(folder)).toEqual(before);
  });
});
