import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeMask } from "../../lib/dataset/masks.js";
import { DataError, MaskValueError } from "../../lib/errors.js";
import { temporary } from "../temporary.js";

const fixtures = fileURLToPath(new URL("../fixtures/dataset/", import.meta.url));
type Expected = Record<string, { height: number; width: number; tolerance: number; rgb: number[] }>;
const expected = JSON.parse(readFileSync(`${fixtures}expected.json`, "utf8")) as Expected;

async function writeMask(values: readonly number[], name = "mask.png", bits: 8 | 16 = 8): Promise<string> {
  const path = join(temporary(), name);
  const pixels = bits === 16 ? new Uint16Array(1600) : new Uint8Array(1600);
  pixels.forEach((_, i) => {
    pixels[i] = values[i % values.length] as number;
  });
  const image = sharp(pixels, { raw: { width: 40, height: 40, channels: 1 } });
  await image.toColourspace(bits === 16 ? "grey16" : "b-w").toFile(path);
  return path;
}

describe("decodeImage", () => {
  it.each(Object.keys(expected))("reads %s as OpenCV, Pillow and tifffile do, in 8-bit RGB", async (name) => {
    const { height, width, tolerance, rgb } = expected[name] as Expected[string];
    const image = await decodeImage(fixtures + name, { intensity: { mode: "type", per: "dataset", channels: "together" } });
    expect([image.height, image.width]).toEqual([height, width]);
    expect(image.data.length).toBe(rgb.length);
    const worst = image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (rgb[i] as number))), 0);
    expect(worst).toBeLessThanOrEqual(tolerance);
  });

  it("says how many bits a value has in the file", async () => {
    for (const [name, bits] of [
      ["grey16.png", 16],
      ["grey8.png", 8],
      ["float.tif", 32],
    ] as const) {
      expect((await decodeImage(fixtures + name)).bits).toBe(bits);
    }
  });

  it.each(["rgb8.png", "rgb.jpg", "rgb8.tif", "grey16.tif"])(
    "refuses %s cut short instead of filling in pixels",
    async (name) => {
      const bytes = readFileSync(fixtures + name);
      for (const share of [0.3, 0.6, 0.9]) {
        const path = join(temporary(), name);
        writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)));
        await expect(decodeImage(path)).rejects.toMatchObject({ code: "ACINUS_UNREADABLE_IMAGE", file: path });
      }
    },
  );

  it("names the file, the reason and the remedy where an image cannot be read", async () => {
    const text = join(temporary(), "text.png");
    writeFileSync(text, "not an image");
    for (const [path, reason] of [
      [text, "unsupported image format"],
      [`${fixtures}pages.tif`, "3 pages"],
    ] as const) {
      const error = await decodeImage(path).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DataError);
      expect(error).toMatchObject({ code: "ACINUS_UNREADABLE_IMAGE", file: path });
      expect((error as DataError).message).toContain(reason);
      expect((error as DataError).message).toContain("Save ");
    }
    await expect(decodeImage("/nowhere/x.png")).rejects.toMatchObject({
      code: "ACINUS_FILE_NOT_FOUND",
      file: "/nowhere/x.png",
    });
  });
});

describe("decodeMask", () => {
  it.each([[[0, 1]], [[0, 255]], [[0]], [[1]], [[255]]])("takes a mask of values %j", async (values) => {
    const mask = await decodeMask(await writeMask(values));
    expect([...mask.data.subarray(0, values.length)]).toEqual(values.map((value) => (value === 0 ? 0 : 1)));
  });

  it("takes 0 and 65535 in a 16-bit mask", async () => {
    const mask = await decodeMask(await writeMask([0, 65535, 0, 0], "mask.png", 16));
    expect([...mask.data.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
  });

  it.each([
    [[0, 1, 255], "mask.png", 8],
    [[0, 254, 255], "mask.png", 8],
    [[0, 258, 65535], "mask.png", 16],
  ] as const)("refuses a mask of values %j and says which they are", async (values, name, bits) => {
    const path = await writeMask(values, name, bits);
    const error = await decodeMask(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MaskValueError);
    expect(error).toMatchObject({ code: "ACINUS_MASK_VALUES", file: path, value: values });
    expect((error as Error).message).toContain(values.join(", "));
  });

  it("says of a blurred JPEG mask that JPEG is the cause", async () => {
    const path = join(temporary(), "mask.jpg");
    const pixels = Uint8Array.from({ length: 4096 }, (_, i) => (((i % 64) - 32) ** 2 + (i / 64 - 32) ** 2 < 300 ? 255 : 0));
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg({ quality: 60 })
      .toFile(path);
    await expect(decodeMask(path)).rejects.toThrow(/JPEG blurs masks: save it as PNG/);
  });

  it("refuses a coloured mask", async () => {
    await expect(decodeMask(`${fixtures}rgb8.png`)).rejects.toThrow(/is coloured/);
  });
});
