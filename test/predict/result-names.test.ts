import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findImages, findPairs } from "../../lib/dataset/pairs.js";
import { Prediction, type PredictionFormat } from "../../lib/predict/prediction.js";
import { PredictionFolder } from "../../lib/predict/prediction-folder.js";
import { written } from "../io/files.js";
import { temporary } from "../temporary.js";

const some = (value = 0.9) => Prediction.of(Float32Array.from([0, value, 0, 0]), 2, 2);

let root: string;
let images: string;
beforeEach(() => {
  root = temporary();
  images = join(root, "images");
  mkdirSync(images);
});
const image = (...names: string[]) => names.map((name) => written(join(images, name), `pixels of ${name}`));
const digest = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .map((name) => [
      name,
      createHash("sha1")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]);

/** What `acinus predict` does, without a network. Returns the names of the results, by image. */
async function predicted(out: string, list: readonly string[], formats: readonly PredictionFormat[] = ["png"], value?: number) {
  const folder = new PredictionFolder(out, formats, list);
  const renamed = await folder.plan();
  const names: Record<string, string[]> = {};
  for (const one of list) names[basename(one)] = (await folder.add(one, await some(value))).map((file) => basename(file));
  const common = (await folder.finish()).map((file) => basename(file));
  return { names, renamed, common };
}

describe("results of several images share no name", () => {
  it("when the names differ in their ending, or in case alone", async () => {
    const list = image("a.png", "a.tif", "B.png", "b.tif", "c.png");
    const { names } = await predicted(join(root, "out"), list);
    expect(Object.values(names).flat().sort()).toEqual(["B.png.png", "a.png.png", "a.tif.png", "b.tif.png", "c.png"].sort());
  });

  it("when one image is called as another's result", async () => {
    const list = image("a.png", "a-prob.png", "coco.png", "coco.json.png");
    const { names, renamed, common } = await predicted(join(root, "out"), list, ["png", "prob", "coco"]);
    const all = [...Object.values(names).flat(), ...common].map((name) => name.toLowerCase());
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(9);
    expect(renamed).toEqual([{ image: join(images, "a-prob.png"), name: "a-prob-predicted" }]);
  });

  it("when it is of another image than that of an earlier call", async () => {
    const [first] = image("a.png") as [string];
    mkdirSync(join(root, "other"));
    const second = written(join(root, "other", "a.png"), "another image");
    const out = join(root, "out");
    await predicted(out, [first]);
    const before = readFileSync(join(out, "a.png"));
    const { names, renamed } = await predicted(out, [second], ["png"], 0.1);
    expect(names).toEqual({ "a.png": ["a-predicted.png"] });
    expect(renamed).toEqual([{ image: second, name: "a-predicted" }]);
    expect(readFileSync(join(out, "a.png")).equals(before)).toBe(true);
  });
});

describe("the images themselves", () => {
  it.each(["images", "images/.", "images/../images", "link"])("stay as they are when the results go to %s", async (out) => {
    const list = image("a.png", "b.png");
    symlinkSync(images, join(root, "link"));
    const before = digest(images);
    const { names } = await predicted(join(root, out), list);
    expect(names).toEqual({ "a.png": ["a-predicted.png"], "b.png": ["b-predicted.png"] });
    expect(digest(images)).toEqual(expect.arrayContaining(before));
  });

  it("are all that a second call takes, and it replaces the first one's results", async () => {
    image("a.png", "b.png");
    for (const value of [0.9, 0.1]) await predicted(images, await findImages(images), ["png", "coco"], value);
    expect(digest(images).map(([name]) => name)).toEqual(["a-predicted.png", "a.png", "b-predicted.png", "b.png", "coco.json"]);
    let passedOver = 0;
    await findImages(images, (results) => {
      passedOver = results;
    });
    expect(passedOver).toBe(2);
    mkdirSync(join(root, "masks"));
    for (const name of ["a.png", "b.png"]) written(join(root, "masks", name), "");
    expect((await findPairs(root)).problems).toEqual([]);
  });

  it("may be results of an earlier call", async () => {
    const out = join(root, "out");
    await predicted(out, image("a.png"));
    const before = readFileSync(join(out, "a.png"));
    expect((await predicted(out, [join(out, "a.png")], ["png"], 0.1)).names).toEqual({ "a.png": ["a-predicted.png"] });
    expect(readFileSync(join(out, "a.png")).equals(before)).toBe(true);
  });
});

describe("files that acinus did not write", () => {
  it("are not replaced: the call is refused before any work, and nothing is written", async () => {
    const masks = join(root, "masks");
    mkdirSync(masks);
    for (const name of ["a.png", "coco.json"]) written(join(masks, name), "truth");
    const list = image("a.png", "b.png");
    for (const formats of [["png"], ["coco"]] as const) {
      await expect(new PredictionFolder(masks, formats, list).plan()).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
    }
    expect(readdirSync(masks)).toEqual(["a.png", "coco.json"]);
  });

  it("are results that somebody corrected", async () => {
    const [list, out] = [image("a.png"), join(root, "out")];
    await predicted(out, list);
    written(join(out, "a.png"), "corrected by hand");
    await expect(new PredictionFolder(out, ["png"], list).plan()).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
  });

  it("are folders of a result's name, too", async () => {
    mkdirSync(join(root, "out", "a.png"), { recursive: true });
    const folder = new PredictionFolder(join(root, "out"), ["png"], image("a.png"));
    await expect(folder.plan()).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: join(root, "out", "a.png") });
  });
});

it("a document of other images is not replaced, one of these and no others is", async () => {
  const out = join(root, "out");
  const [a, b] = image("a.png", "b.png") as [string, string];
  expect((await predicted(out, [a], ["coco"])).common).toEqual(["coco.json"]);
  expect((await predicted(out, [a, b], ["coco"])).common).toEqual(["coco.json"]);
  expect((await predicted(out, [b], ["coco"])).common).toEqual(["coco-2.json"]);
  expect(existsSync(join(out, "coco.json"))).toBe(true);
});

it("what a killed process left unfinished is swept away", async () => {
  const out = join(root, "out");
  mkdirSync(out);
  for (const name of [".a.png.0123456789abcdef.tmp", ".mine.0123456789abcdef.tmp"]) written(join(out, name), "half");
  await predicted(out, image("a.png"));
  expect(readdirSync(out).filter((name) => name.endsWith(".tmp"))).toEqual([".mine.0123456789abcdef.tmp"]);
});

it("a single prediction is not saved over its own image, nor over a file of the user's", async () => {
  const [file] = image("a.png") as [string];
  const prediction = await Prediction.of(Float32Array.from([0, 1, 0, 0]), 2, 2, { source: file });
  await expect(prediction.save(file, { force: true })).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS", file });
  for (let time = 0; time < 2; time++) await prediction.save(join(root, "mask.png"));
  expect(readFileSync(file, "utf8")).toBe("pixels of a.png");
});
