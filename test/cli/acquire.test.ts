import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { Model } from "../../lib/index.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { temporary } from "../temporary.js";
import { acinus } from "./run.js";

const folder = temporary();
const data = join(folder, "data");
const weights = (name: string) => join(folder, `${name}.safetensors`);
beforeAll(async () => {
  await synthesize(data, { images: 6, size: 64, seed: 4 });
  for (const [name, dropout] of [
    ["sure", 0],
    ["unsure", 0.3],
  ] as const) {
    using model = await Model.create({ architecture: "attention-unet", width: 4, dropout });
    await model.save(weights(name));
  }
});
const images = () => join(data, existsSync(join(data, "images")) ? "images" : "train/images");

it("acquire copies the images to annotate next, with their maps, and lists them", async () => {
  const output = join(folder, "next");
  const args = ["acquire", weights("unsure"), images(), "-n", "2", "--passes", "3", "-o", output];
  const { code, stdout, stderr } = await acinus([...args, "--json"]);
  expect(code, stderr).toBe(0);
  const found = JSON.parse(stdout) as {
    images: { rank: number; image: string; copy: string; map: string; meanEntropy: number }[];
  };
  expect(found.images.map(({ rank }) => rank)).toEqual([1, 2]);
  for (const { image, copy, map } of found.images) {
    expect(readFileSync(copy).equals(readFileSync(image))).toBe(true);
    expect(existsSync(map)).toBe(true);
  }
  expect(readFileSync(join(output, "acquired.csv"), "utf8")).toMatch(/^rank,image,meanEntropy,meanBald\n1,.*\n2,.*\n$/);
  const words = await acinus(args);
  expect(words.stdout).toMatch(/^ +1 +0\.\d{4} +.*\n +2 +.*\nCopied 2 images of \d+ to /);
});

it("train with the preset of active learning says that it trains on all images, and what does rounds", async () => {
  const args = [
    "train",
    join(data, "train"),
    ...["--validation", join(data, "val")],
    "-o",
    join(folder, "run"),
    "--preset",
    "attention-unet-active",
    "--epochs",
    "1",
    "--set",
    "model.width=4",
  ];
  const { code, stderr } = await acinus(args);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/trains on all images at once: .*acinus compare DATA -o DIR --systems attention-unet-active/);
});

it("acquire by chance needs no dropout; by uncertainty it is refused, with the remedy", async () => {
  const output = join(folder, "other");
  const args = ["acquire", weights("sure"), images(), "-n", "2", "-o", output];
  const refused = await acinus(args);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/no dropout.*\n?.*--preset attention-unet-active/s),
  ]);
  expect(existsSync(output)).toBe(false);
  const { code, stdout } = await acinus([...args, "--by", "random", "--json"]);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as { images: object[] }).images[0]).not.toHaveProperty("meanEntropy");
});
