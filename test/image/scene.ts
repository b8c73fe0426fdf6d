/** Inputs computed by the formulas of test/fixtures/make/image.py: integer arithmetic, so that both sides agree to the last bit. */
import { readFileSync } from "node:fs";

const discs = [
  [11, 13, 8],
  [30, 21, 12],
  [19, 44, 9],
  [3, 30, 2],
] as const;

/** A photograph-like RGB crop: waves, three discs with edges, a little texture. */
export function scene(height: number, width: number): Uint8Array {
  const rgb = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let value = 90 + 30 * c + ((x * (c + 2)) % 37) + ((y * y + 3 * x) % 23);
        discs.slice(0, 3).forEach(([cy, cx, r], k) => {
          if ((y - cy) ** 2 + (x - cx) ** 2 <= r * r) value = Math.floor(value / 2) + 20 * k + 10 * c;
        });
        rgb[(y * width + x) * 3 + c] = value % 256;
      }
    }
  }
  return rgb;
}

export function discMask(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return discs.some(([cy, cx, r]) => (y - cy) ** 2 + (x - cx) ** 2 <= r * r) ? 1 : 0;
  });
}

/** A picture in which every pixel differs from its neighbours, so that no wrong order of pixels goes unseen. */
export function ramp(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 73 + Math.floor(i / 256) * 29) % 256);
}

export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/image/${name}.json`, import.meta.url), "utf8")) as T;
}

export function bits(text: string): Uint8Array {
  return Uint8Array.from(text, (digit) => Number(digit));
}
