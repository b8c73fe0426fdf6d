import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkTiles, countTiles, tileCount } from "../../lib/dataset/tiles.js";
import { Model } from "../../lib/model/model.js";
import { Predictor } from "../../lib/predict/predictor.js";
import { numbers, picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";

let model: Model;
beforeAll(async () => {
  model = await Model.create({ encoder: "efficientnet-b0", seed: 5 });
});
afterAll(() => model.close());

describe("tiles", () => {
  it("are counted as the predictor cuts them", async () => {
    const random = numbers(3);
    for (let round = 0; round < 40; round++) {
      const [height, width] = [1 + Math.floor(300 * random()), 1 + Math.floor(300 * random())];
      const tile = random() < 0.1 ? 0 : 32 + Math.floor(80 * random());
      const tiling = { tile, overlap: Math.floor((tile * 3 * random()) / 4) };
      const strips = await new Predictor(model, tiling).strips({ data: new Uint8Array(3 * height * width), height, width });
      expect(tileCount({ height, width }, tiling)).toBe(strips.tiles);
      await strips.close();
    }
  });

  it("that would be absurd work are refused with their number and what to do, before any work", async () => {
    const image = picture(400, 500, 1);
    const path = join(temporary(), "image.png");
    await sharp(image.data, { raw: { width: 500, height: 400, channels: 3 } }).toFile(path);
    const predictor = new Predictor(model, { tile: 64, overlap: 63 });
    const tiles = tileCount(image, predictor.config);
    expect(tiles).toBe(399 * 499);
    const refused = {
      code: "ACINUS_CONFIG",
      value: tiles,
      file: path,
      message: expect.stringMatching(/199,101 tiles.*at most 48 px/s),
    };
    await expect(predictor.predict(path)).rejects.toMatchObject(refused);
    await expect(predictor.strips(path)).rejects.toMatchObject(refused);
    await expect(countTiles([path], predictor.config, {})).rejects.toMatchObject(refused);
    await expect(predictor.predict(image)).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    // A few tiles are never absurd, and neither is half a tile.
    await expect(countTiles([path], { tile: 384, overlap: 383 }, {})).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    expect(await countTiles([path, "/nowhere.png"], { tile: 512, overlap: 511 }, {})).toEqual([1, 1]);
    expect(await countTiles([path], { tile: 64, overlap: 32 }, {})).toEqual([13 * 16]);
  });

  it("of more than a million are refused, and those of the largest slides are not", () => {
    const size = { height: 100_000, width: 100_000 };
    expect(() => checkTiles(size, { tile: 64, overlap: 8 }, "slide.svs")).toThrowError(/3,\d+,\d+ tiles.*larger tiles/);
    expect(() => checkTiles(size, { tile: 256, overlap: 32 }, "slide.svs")).not.toThrow();
  });
});
