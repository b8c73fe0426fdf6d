import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { openRows, sizeOf } from "../../lib/dataset/image-rows.js";
import { picture } from "../predict/pictures.js";
import { temporary } from "../temporary.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const [height, width] = [75, 53];
const { data } = picture(height, width, 4);
const rgb = () => sharp(data, { raw: { width, height, channels: 3 } });
const wide = () => {
  const values = Uint16Array.from({ length: width * height }, (_, i) => (i * 1231) % 65536);
  return sharp(values, { raw: { width, height, channels: 1 } }).toColourspace("grey16");
};

const tiles = { tile: true, tileWidth: 64, tileHeight: 64, compression: "lzw" } as const;
const wideRgb = () => {
  const { data: values } = picture(211, 300, 6);
  return sharp(values, { raw: { width: 300, height: 211, channels: 3 } });
};

const files: Record<string, () => Sharp> = {
  "tiles.tif": () => rgb().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "lzw" }),
  "strips.tif": () => rgb().tiff({ compression: "deflate" }),
  "plain.tif": () => rgb().tiff({ compression: "none" }),
  "turned.tif": () =>
    rgb().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "none" }).withMetadata({ orientation: 6 }),
  "big.tif": () => rgb().tiff({ bigtiff: true, tile: true, tileWidth: 16, tileHeight: 16, compression: "jpeg", quality: 90 }),
  "grey.tif": () => rgb().greyscale().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "none" }),
  "alpha.tif": () => rgb().ensureAlpha(0.5).tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "none" }),
  "wide.tif": () => wide().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: "none" }),
  "wide-strips.tif": () => wide().tiff({ compression: "lzw" }),
  "image.png": () => rgb().png(),
  "wide.png": () => wide().png(),
  "alpha.png": () => rgb().ensureAlpha(0.5).png(),
  "image.jpg": () => rgb().jpeg(),
  "turned.jpg": () => rgb().jpeg().withMetadata({ orientation: 8 }),
  "cmyk.jpg": () => rgb().toColourspace("cmyk").jpeg(),
  "image.webp": () => rgb().webp({ lossless: true }),
};

describe("rows of an image", () => {
  it.each(Object.keys(files))("in %s are those of the image decoded at once, read in any order", async (name) => {
    const path = join(temporary(), name);
    await (files[name] as () => Sharp)().toFile(path);
    for (const orientation of ["apply", "ignore"] as const) {
      const whole = await decodeImage(path, { orientation });
      const rows = await openRows(path, { orientation }, 0);
      try {
        expect([rows.width, rows.height]).toEqual([whole.width, whole.height]);
        const stride = 3 * rows.width;
        for (const [top, count] of [
          [0, 1],
          [0, rows.height],
          [rows.height - 3, 3],
          [17, 20],
          [5, 1],
        ] as const) {
          expect(Buffer.from(await rows.rows(top, count))).toEqual(
            Buffer.from(whole.data.subarray(top * stride, (top + count) * stride)),
          );
        }
      } finally {
        await rows.close();
      }
    }
  });

  it("of chosen channels are those of the image decoded at once", async () => {
    const path = join(temporary(), "tiles.tif");
    await (files["tiles.tif"] as () => Sharp)().toFile(path);
    const channels = ["green", 0];
    const rows = await openRows(path, { channels }, 0);
    const whole = await decodeImage(path, { channels });
    expect(Buffer.from(await rows.rows(2, 9))).toEqual(Buffer.from(whole.data.subarray(6 * width, 33 * width)));
  });

  it.each([
    [
      "subifds.tif",
      [
        [131, 90],
        [66, 45],
        [33, 23],
      ],
    ],
    [
      "aperio.svs",
      [
        [131, 90],
        [32, 22],
      ],
    ],
  ] as const)("of the levels of %s, written by another program, have the values drawn there", async (name, sizes) => {
    const path = join(root, "test/fixtures/image", name);
    for (const [level, [wide, high]] of sizes.entries()) {
      const rows = await openRows(path, { level }, 0);
      expect([rows.width, rows.height]).toEqual([wide, high]);
      const found = await rows.rows(3, 15);
      await rows.close();
      const drawn = (i: number) => {
        const [x, y] = [Math.floor(i / 3) % wide, 3 + Math.floor(i / 3 / wide)];
        return (7 * x + 13 * y + 50 * (i % 3) + 20 * level) % 256;
      };
      expect([...found]).toEqual(Array.from({ length: 3 * 15 * wide }, (__, i) => drawn(i)));
    }
    await expect(openRows(path, { level: sizes.length })).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    expect((await decodeImage(path)).width).toBe(131);
  });

  it("of a pyramid in pages are those of the level asked for", async () => {
    const path = join(temporary(), "slide.svs");
    await wideRgb()
      .tiff({ ...tiles, pyramid: true })
      .toFile(path);
    const sizes: [number, number][] = [
      [300, 211],
      [150, 105],
      [75, 52],
    ];
    for (const [level, [wide, high]] of sizes.entries()) {
      const { data: expected, info } = await sharp(path, { page: level }).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([wide, high]);
      const rows = await openRows(path, { level }, 0);
      expect([rows.width, rows.height]).toEqual([wide, high]);
      expect(Buffer.from(await rows.rows(7, 20))).toEqual(expected.subarray(3 * 7 * wide, 3 * 27 * wide));
      await rows.close();
      expect(await sizeOf(path, { level })).toEqual({ width: wide, height: high });
    }
    const message = /has no level 9; its levels are 0 \(300×211 px\), 1 \(150×105 px\), 2 \(75×52 px\)/;
    await expect(openRows(path, { level: 9 })).rejects.toMatchObject({
      code: "ACINUS_CONFIG",
      message: expect.stringMatching(message),
    });
    expect((await decodeImage(path)).width).toBe(300);
  });

  it("leave nothing in the system's temporary folder", async () => {
    const path = join(temporary(), "image.png");
    await rgb().toFile(path);
    const ours = () => readdirSync(tmpdir()).filter((name) => /^acinus-[A-Za-z0-9]{6}$/.test(name));
    const before = ours();
    const rows = await openRows(path, {}, 0);
    expect(ours().filter((name) => !before.includes(name))).toEqual([]);
    await rows.rows(0, 2);
    await rows.close();
  });

  it("are refused by name where the file is cut short or is no image", async () => {
    const path = join(temporary(), "short.tif");
    await (files["tiles.tif"] as () => Sharp)().toFile(path);
    const { truncateSync, writeFileSync } = await import("node:fs");
    truncateSync(path, 3000);
    const rows = await openRows(path, {}, 0).catch((error: unknown) => error);
    const error =
      rows instanceof Error
        ? rows
        : await (rows as Awaited<ReturnType<typeof openRows>>).rows(0, height).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "ACINUS_UNREADABLE_IMAGE", file: path });
    writeFileSync(path, "no image");
    await expect(openRows(path, {}, 0)).rejects.toMatchObject({ code: "ACINUS_UNREADABLE_IMAGE", file: path });
    await expect(openRows("/nowhere/a.tif", {}, 0)).rejects.toMatchObject({ code: "ACINUS_FILE_NOT_FOUND" });
  });

  it("are not waited for after an abort", async () => {
    const path = join(temporary(), "image.png");
    await rgb().toFile(path);
    const reason = new Error("enough");
    await expect(openRows(path, { signal: AbortSignal.abort(reason) }, 0)).rejects.toBe(reason);
  });
});
