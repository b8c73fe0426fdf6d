import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../../lib/dataset/decode.js";
import { decodeMask } from "../../lib/dataset/masks.js";
import { findPairs } from "../../lib/dataset/pairs.js";
import { scan } from "../../lib/dataset/scan.js";
import { synthesize } from "../../lib/synth/synthesize.js";
import { drawTile } from "../../lib/synth/tile.js";
import { temporary } from "../temporary.js";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

describe("drawTile", () => {
  it("draws the very same bits today as when this test was written", () => {
    const [a, b] = [drawTile(1, 0, 96, "fluorescence", false), drawTile(1, 1, 96, "he", false)];
    expect([sha256(a.image), sha256(a.mask), sha256(b.image), sha256(b.mask)]).toMatchInlineSnapshot(`
      [
        "541ac0b76c61d952",
        "fa7c6ad4c7905ed6",
        "c95acb870f77bc58",
        "e1870c4e1f99ceee",
      ]
    `);
  });

  it.each(["fluorescence", "he"] as const)(
    "draws %s nuclei of many sizes that cover a thousandth to a fifth of the tile",
    (style) => {
      const shares = Array.from(
        { length: 60 },
        (_, i) => drawTile(5, i, 128, style, false).mask.reduce((a, b) => a + b) / 128 ** 2,
      );
      expect(Math.min(...shares)).toBeGreaterThan(0.001);
      expect(Math.max(...shares)).toBeLessThan(0.2);
      expect(Math.max(...shares) / Math.min(...shares)).toBeGreaterThan(20);
    },
  );

  it.each(["fluorescence", "he"] as const)(
    "sets %s nuclei off from their ground, and leaves empty tiles unmasked but not blank",
    (style) => {
      let contrast = 0;
      for (let i = 0; i < 20; i++) {
        const { image, mask } = drawTile(9, i, 96, style, false);
        const sums = [0, 0];
        const counts = [0, 0];
        mask.forEach((value, at) => {
          sums[value] = (sums[value] as number) + (image[3 * at] as number) + (image[3 * at + 2] as number);
          counts[value] = (counts[value] as number) + 1;
        });
        contrast += Math.abs((sums[1] as number) / (counts[1] as number) - (sums[0] as number) / (counts[0] as number)) / 20;
        const empty = drawTile(9, i, 96, style, true);
        expect(empty.mask.every((value) => value === 0)).toBe(true);
        expect(new Set(empty.image).size).toBeGreaterThan(8);
      }
      expect(contrast).toBeGreaterThan(60);
    },
  );
});

describe("synthesize", () => {
  it("writes the same files for the same seed and others for another", async () => {
    const options = { images: 10, size: 64, test: 0.2 };
    const folders = [temporary(), temporary(), temporary()] as const;
    const results = await Promise.all(folders.map((folder, i) => synthesize(folder, { ...options, seed: i === 2 ? 8 : 7 })));
    const hashes = results.map(({ folder, tiles }) =>
      tiles.flatMap(({ part, name }) =>
        ["images", "masks"].map((kind) => sha256(readFileSync(join(folder, part, kind, `${name}.png`)))),
      ),
    );
    expect(hashes[0]).toEqual(hashes[1]);
    expect(hashes[0]?.filter((hash, i) => hash === hashes[2]?.[i]).length).toBeLessThan(10);
  });

  it("writes sound pairs into train, val and test, 60 % of each without cells, both styles, and lists them", async () => {
    const folder = temporary();
    const { tiles } = await synthesize(folder, { images: 50, size: 48, test: 0.2, seed: 3 });
    const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as { tiles: unknown[]; seed: number };
    expect(index.tiles).toEqual(tiles);
    for (const [part, count] of [
      ["train", 30],
      ["val", 10],
      ["test", 10],
    ] as const) {
      let empty = 0;
      let images = 0;
      const { problems } = await scan(join(folder, part), ({ truth }) => {
        images++;
        if (!truth.mask.includes(1)) empty++;
      });
      expect([problems, images, empty]).toEqual([[], count, count * 0.6]);
    }
    expect(tiles.filter((tile) => tile.style === "he").length).toBe(25);
  });

  it("writes what drawTile draws", async () => {
    const folder = temporary();
    await synthesize(folder, { images: 3, size: 40, seed: 2, emptyShare: 0, validation: 0, style: "he" });
    const { pairs } = await findPairs(join(folder, "train"));
    for (const [i, pair] of pairs.entries()) {
      const tile = drawTile(2, i, 40, "he", false);
      expect(Buffer.compare((await decodeImage(pair.image)).data, tile.image)).toBe(0);
      expect(Buffer.compare((await decodeMask(pair.mask)).data, tile.mask)).toBe(0);
    }
  });

  it("does not write over what it has not made, and replaces its own set only when told", async () => {
    const folder = temporary();
    writeFileSync(join(folder, "thesis.doc"), "years of work");
    await expect(synthesize(folder, { images: 2, size: 32, overwrite: true })).rejects.toMatchObject({
      code: "ACINUS_WRITE_FAILED",
    });
    const own = temporary();
    await synthesize(own, { images: 4, size: 32, test: 0.5 });
    await expect(synthesize(own, { images: 2, size: 32 })).rejects.toMatchObject({ code: "ACINUS_WRITE_FAILED", file: own });
    await synthesize(own, { images: 2, size: 32, validation: 0.5, overwrite: true });
    expect(existsSync(join(own, "test"))).toBe(false);
    expect(readdirSync(join(own, "train", "images")).length).toBe(1);
  });

  it.each([
    { size: 16 },
    { images: 0 },
    { validation: 1.2 },
    { validation: 0.6, test: 0.6 },
    { emptyShare: -1 },
    { seed: 0.5 },
  ])("refuses %j before it writes", async (options) => {
    const folder = temporary();
    await expect(synthesize(folder, options)).rejects.toMatchObject({ code: "ACINUS_CONFIG" });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("stops when asked and leaves a folder that is not taken for a whole set, but can be made one", async () => {
    const folder = temporary();
    const controller = new AbortController();
    const reason = new Error("enough");
    const work = synthesize(folder, {
      images: 60,
      size: 32,
      signal: controller.signal,
      onProgress: (done) => done === 3 && controller.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
    expect(existsSync(join(folder, "index.json"))).toBe(false);
    await synthesize(folder, { images: 5, size: 32, overwrite: true });
    expect(readdirSync(folder).sort()).toEqual([".acinus-written.jsonl", "index.json", "train", "val"]);
  });
});
