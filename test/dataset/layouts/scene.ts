/** Nuclei that are known to the pixel, and the files that people keep them in. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";

export const side = 64;
export const cells = 8;

export interface Scene {
  /** Interleaved RGB. */
  readonly rgb: Uint8Array;
  readonly grey: Uint8Array;
  /** 0 for background, 1 … 8 for discs that do not touch. */
  readonly labels: Uint16Array;
  readonly mask: Uint8Array;
}

/** Eight bright discs of 37 to 113 px on a dark, uneven ground. */
export function scene(seed: number): Scene {
  const labels = new Uint16Array(side * side);
  for (let k = 0; k < cells; k++) {
    const [x, y] = [9 + 16 * (k % 4) - (k % 2), 12 + 30 * Math.floor(k / 4) + ((seed * 5 + k * 3) % 7)];
    const radius = 3.5 + ((seed + k) % 3) * 1.25;
    for (let i = 0; i < labels.length; i++)
      if (Math.hypot((i % side) - x, Math.floor(i / side) - y) <= radius) labels[i] = k + 1;
  }
  const grey = Uint8Array.from(labels, (label, i) => (label > 0 ? 150 : 20) + ((i * 7 + seed * 13) % 11));
  const rgb = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)] as number);
  return { rgb, grey, labels, mask: Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0)) };
}

export const scenes = [scene(0), scene(1), scene(2)] as const;

/** Outlines along the pixels' edges, x and y in turn, one a cell. */
export function outlines({ labels }: Scene): number[][] {
  return Array.from({ length: cells }, (_, k) => {
    const [right, left]: [number[], number[]] = [[], []];
    for (let y = 0; y < side; y++) {
      const row = labels.subarray(y * side, (y + 1) * side);
      const [from, to] = [row.indexOf(k + 1), row.lastIndexOf(k + 1) + 1];
      if (from < 0) continue;
      right.push(to, y, to, y + 1);
      left.unshift(from, y + 1, from, y);
    }
    return [...right, ...left];
  });
}

export const points = (outline: readonly number[]) =>
  Array.from({ length: outline.length / 2 }, (_, i) => [outline[2 * i] as number, outline[2 * i + 1] as number]);

function inFolder(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

export function writeText(folder: string, name: string, content: string | Uint8Array | object): void {
  const plain = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(inFolder(join(folder, name)), plain ? content : JSON.stringify(content));
}

/** Grey or RGB(A) by the length; PNG, JPEG, WebP or TIFF by the name. */
export async function writePixels(
  folder: string,
  name: string,
  pixels: Uint8Array | Uint16Array,
  size = { width: side, height: side },
): Promise<void> {
  const channels = (pixels.length / (size.width * size.height)) as 1 | 2 | 3 | 4;
  const image = sharp(pixels, { raw: { ...size, channels } });
  const grey = pixels instanceof Uint16Array ? "grey16" : "b-w";
  await (channels < 3 ? image.toColourspace(grey) : image).toFile(inFolder(join(folder, name)));
}
