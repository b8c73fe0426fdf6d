import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { acquire, Model, Predictor } from "../../lib/index.js";
import { writeAcquired } from "../../lib/predict/acquired-folder.js";
import { fill } from "../model/formula.js";
import { temporary } from "../temporary.js";
import { picture } from "./pictures.js";

const folder = temporary();
const images = Array.from({ length: 5 }, (_, i) => join(folder, "unlabelled", `${i}.png`));
let model: Model;
let predictor: Predictor;
beforeAll(async () => {
  mkdirSync(join(folder, "unlabelled"));
  for (const [i, file] of images.entries()) {
    const { data, height, width } = picture(40, 48, i);
    await sharp(data, { raw: { height, width, channels: 3 } })
      .png()
      .toFile(file);
  }
  model = await fill(await Model.create({ architecture: "unet-ronneberger", width: 4, dropout: 0.4 }));
  predictor = new Predictor(model);
  return () => model.close();
});

describe("acquire", () => {
  it.each(["entropy", "bald"] as const)("ranks by the mean of each image's %s, the least sure first", async (by) => {
    const found = await acquire(predictor, images, { count: 3, by, passes: 4, seed: 2 });
    const scores = await Promise.all(
      images.map(async (image) => {
        const { meanEntropy, meanBald } = await predictor.uncertainty(image, { passes: 4, seed: 2 });
        return { image, meanEntropy, meanBald };
      }),
    );
    const key = by === "bald" ? "meanBald" : "meanEntropy";
    const expected = scores.toSorted((a, b) => b[key] - a[key]).slice(0, 3);
    expect(found).toEqual(expected.map((one, i) => ({ ...one, rank: i + 1 })));
  });

  it("draws by chance from the seed, and then looks at no image", async () => {
    const nowhere = images.map((image) => `${image}.missing`);
    const draw = (seed: number) => acquire(predictor, nowhere, { count: 4, by: "random", seed });
    expect(await draw(1)).toEqual(await draw(1));
    const orders = new Set(await Promise.all([1, 2, 3, 4].map(async (seed) => JSON.stringify(await draw(seed)))));
    expect(orders.size).toBeGreaterThan(1);
    expect(new Set((await draw(1)).map(({ image }) => image)).size).toBe(4);
  });

  it("gives all images where there are fewer than are asked for", async () => {
    expect(await acquire(predictor, images.slice(0, 2), { count: 20, passes: 2 })).toHaveLength(2);
  });
});

describe("the folder of acquired images", () => {
  const mapOf = async (image: string) => {
    const found = await predictor.uncertainty(image, { passes: 2 });
    return { ...found, values: found.entropy };
  };

  it("holds copies, maps in grey with ln 2 as white, and a table", async () => {
    const chosen = await acquire(predictor, images, { count: 2, passes: 2 });
    const to = join(folder, "next");
    const written = await writeAcquired(to, chosen, mapOf);
    for (const { image, copy, map } of written.images) {
      expect((await sharp(copy).raw().toBuffer()).equals(await sharp(image).raw().toBuffer())).toBe(true);
      const grey = await sharp(map).toColourspace("b-w").raw().toBuffer();
      const { values } = await mapOf(image);
      expect([...grey]).toEqual(Array.from(values, (value) => Math.round((255 * value) / Math.LN2)));
    }
    expect(await writeAcquired(to, chosen, mapOf), "over what acinus wrote").toEqual(written);
  });

  it("takes no place of a file that is the user's", async () => {
    const to = join(folder, "taken");
    mkdirSync(join(to, "images"), { recursive: true });
    writeFileSync(join(to, "images", "0.png"), "mine");
    const chosen = [{ image: images[0] as string, rank: 1 }];
    await expect(writeAcquired(to, chosen, undefined)).rejects.toMatchObject({ code: "ACINUS_FILE_EXISTS" });
  });
});
