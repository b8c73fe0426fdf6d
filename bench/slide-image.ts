import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesize } from "../lib/synth/synthesize.js";
import { loadSharp } from "../lib/system/image-library.js";

/** `mixed`: glass with two pieces of tissue, 3000 px wide each. */
export type SlideKind = "empty" | "full" | "mixed";

/** Draws an RGB TIFF in tiles: synthetic histology, one picture of 512 px over and over, or bare glass with a little noise. Whatever its size, little of it is in memory. */
export async function drawSlide(file: string, kind: SlideKind, side: number, seed: number): Promise<void> {
  const sharp = await loadSharp();
  const noise = { type: "gaussian", mean: 235, sigma: 2 } as const;
  const create = { width: side, height: side, channels: 3, background: "#ebebeb", noise } as const;
  const slide = sharp({ create, limitInputPixels: false });
  const folder = mkdtempSync(join(tmpdir(), "acinus-histology-"));
  try {
    if (kind === "full") {
      await synthesize(folder, { images: 1, size: 512, seed, style: "he", validation: 0, emptyShare: 0 });
      const images = join(folder, "train", "images");
      slide.composite([{ input: join(images, readdirSync(images)[0] as string), tile: true, gravity: "northwest" }]);
    }
    if (kind === "mixed") {
      const input = join(folder, "tissue.tif");
      await drawSlide(input, "full", 3000, seed);
      slide.composite([
        { input, left: 9000, top: 200 },
        { input, left: 300, top: 11000 },
      ]);
    }
    const tiles = { tile: true, tileWidth: 256, tileHeight: 256, compression: "lzw" } as const;
    await slide.removeAlpha().toColourspace("srgb").tiff(tiles).toFile(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
