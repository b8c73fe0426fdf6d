/** What a user can cause is told as such, with what to do. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { AcinusError, Model } from "../../lib/index.js";
import { nameResults } from "../../lib/predict/result-names.js";
import { makeFolder } from "../../lib/system/make-folder.js";
import { scenes, writePixels } from "../dataset/layouts/scene.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

const data = temporary();
const weights = join(temporary(), "network.safetensors");
beforeAll(async () => {
  for (const [i, { rgb, mask }] of scenes.entries()) {
    await writePixels(data, `images/${i}.png`, rgb);
    await writePixels(data, `masks/${i}.png`, mask);
  }
  using model = await Model.create({ encoder: "efficientnet-b0" });
  await model.save(weights);
});

describe.each([
  [
    "no thread",
    () => ["predict", weights, join(data, "images"), "-o", temporary(), "--threads", "0"],
    /threads must be .* not 0/,
  ],
  ["too many threads", () => ["evaluate", weights, data, "--threads", "100000"], /threads must be .* not 100000/],
  ["a device for a run folder", () => ["train", data, "-o", "/dev/null"], /ACINUS_WRITE_FAILED.*\/dev\/null/],
  ["a folder in a device", () => ["train", data, "-o", "/dev/null/run"], /ACINUS_WRITE_FAILED.*\/dev\/null/],
  ["a folder where there can be none", () => ["synth", "/proc/acinus-test"], /\/proc\/acinus-test/],
] as const)("%s", (_, args, pattern) => {
  it("is refused by name", async () => {
    const { code, stderr } = await acinus(args());
    expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/not foreseen/);
    expect([1, 2]).toContain(code);
  });
});

it("a training that ends without a cell says so, with advice, and one without a step left says that", async () => {
  const run = join(temporary(), "run");
  const flags = ["-o", run, "--preset", "fast", "--batch", "2", "--split", "0.4"];
  const first = await acinus([
    "train",
    data,
    ...flags,
    "--epochs",
    "2",
    "--learning-rate",
    "1e-9",
    "--set",
    "monitor.metric=loss",
  ]);
  expect(first.code, first.stderr).toBe(0);
  const again = await acinus([
    "train",
    data,
    ...flags,
    "--epochs",
    "1",
    "--learning-rate",
    "1e-9",
    "--set",
    "monitor.metric=loss",
    "--resume",
  ]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toMatch(/Nothing was left to do: the run has 2 epochs already/);
});

it("images with names as long as names may be get results", async () => {
  const images = ["x".repeat(251), "x".repeat(250), "é".repeat(125)].map((name) => `/images/${name}.png`);
  const folder = temporary();
  const names = [...(await nameResults(folder, images, [".png", "-labels.png"], [])).values()].map(({ base }) => base);
  expect(new Set(names).size).toBe(3);
  for (const name of names) mkdirSync(join(folder, `${name}-labels.png`));
  expect(readdirSync(folder)).toHaveLength(3);
});

it("an error shows no field that is not there", () => {
  expect(inspect(new AcinusError("ACINUS_CONFIG", "It is wrong."))).not.toMatch(/undefined/);
});

it("folders are made with those above them", () => {
  const folder = temporary();
  expect(makeFolder(join(folder, "a/b/c"))).toBe(join(folder, "a"));
  expect(makeFolder(join(folder, "a/b"))).toBeUndefined();
});
