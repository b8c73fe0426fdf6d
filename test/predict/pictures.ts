import type { Pixels } from "../../lib/predict/predictor.js";

/** A repeatable stream of numbers in [0, 1) (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Bright ellipses on a noisy ground. */
export function picture(height: number, width: number, seed: number): Pixels {
  const random = numbers(seed);
  const data = Uint8Array.from({ length: height * width * 3 }, () => 30 + 40 * random());
  for (let cell = 0; cell < 6; cell++) {
    const [cy, cx, radius] = [random() * height, random() * width, 3 + 6 * random()];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if ((y - cy) ** 2 + (x - cx) ** 2 <= radius ** 2)
          data.fill(150 + 100 * random(), 3 * (y * width + x), 3 * (y * width + x) + 3);
      }
    }
  }
  return { data, height, width };
}

/** The part of an image at (top, left), mirrored at its borders without repeating them where it reaches beyond. */
export function crop(image: Pixels, top: number, left: number, height: number, width: number): Pixels {
  const mirror = (at: number, size: number) => {
    let position = at;
    while (position < 0 || position >= size) position = position < 0 ? -position : 2 * (size - 1) - position;
    return position;
  };
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (mirror(top + y, image.height) * image.width + mirror(left + x, image.width));
      data.set(image.data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { data, height, width };
}

export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] as number;
}
