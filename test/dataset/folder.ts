import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";

export interface Square {
  size?: number;
  width?: number;
  /** Pixel values in turn; for a mask, those of its square. */
  value?: number;
  /** Side of the square of cells in the top left corner. */
  cells?: number;
}

/** An RGB image whose pixels depend on `value`. */
export async function writeImage(path: string, { size = 40, width = size, value = 1 }: Square = {}): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const pixels = Uint8Array.from({ length: size * width * 3 }, (_, i) => (i * 31 + value * 977) % 256);
  const image = sharp(pixels, { raw: { width, height: size, channels: 3 } });
  await (path.endsWith(".tif") ? image.tiff({ compression: "lzw" }) : image).toFile(path);
}

export async function writeMask(path: string, { size = 40, width = size, value = 255, cells = 8 }: Square = {}): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const pixels = Uint8Array.from({ length: size * width }, (_, i) => (i % width < cells && i / width < cells ? value : 0));
  await sharp(pixels, { raw: { width, height: size, channels: 1 } })
    .toColourspace("b-w")
    .toFile(path);
}

/** A mask with soft edges: 254 beside 255. */
export async function writeSoftMask(path: string, size = 40): Promise<void> {
  const pixels = Uint8Array.from({ length: size * size }, (_, i) =>
    i % size < 8 && i / size < 8 ? 255 : i % size === 8 ? 254 : 0,
  );
  await sharp(pixels, { raw: { width: size, height: size, channels: 1 } })
    .toColourspace("b-w")
    .toFile(path);
}

/** A sound set of `count` pairs named 0.png, 1.png, …; every image with an index divisible by `emptyEvery` has no cells. */
export async function writeSet(folder: string, count: number, emptyEvery = 2): Promise<string> {
  for (let i = 0; i < count; i++) {
    await writeImage(join(folder, "images", `${i}.png`), { value: i });
    await writeMask(join(folder, "masks", `${i}.png`), { cells: i % emptyEvery === 0 ? 0 : 8 });
  }
  return folder;
}
