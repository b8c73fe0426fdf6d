/** Building blocks of synthetic tiles: smooth random fields and star-shaped blobs. Lengths in pixels. */
import type { Random } from "../system/random.js";

/** One value per pixel, row by row. */
export type Field = Float32Array;

/** Smooth noise in [−1, 1]: random values on a grid of `scale` pixels, interpolated with a smooth step. */
export function valueNoise(random: Random, size: number, scale: number): Field {
  const cells = Math.ceil(size / scale) + 2;
  const grid = Float32Array.from({ length: cells * cells }, () => random.uniform(-1, 1));
  const [shiftY, shiftX] = [random.uniform(), random.uniform()];
  const field = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    const [row, ty] = cellOf(y / scale + shiftY);
    for (let x = 0; x < size; x++) {
      const [column, tx] = cellOf(x / scale + shiftX);
      const at = row * cells + column;
      const top = mix(grid[at] as number, grid[at + 1] as number, tx);
      const bottom = mix(grid[at + cells] as number, grid[at + cells + 1] as number, tx);
      field[y * size + x] = mix(top, bottom, ty);
    }
  }
  return field;
}

/** Several octaves of noise, the finer ones weaker; about in [−1, 1]. */
export function fractalNoise(random: Random, size: number, scale: number, octaves: number): Field {
  const field = new Float32Array(size * size);
  let weight = 0.6;
  for (let octave = 0; octave < octaves; octave++, weight /= 2) {
    const layer = valueNoise(random, size, Math.max(1.5, scale / 2 ** octave));
    for (let i = 0; i < field.length; i++) field[i] = (field[i] as number) + weight * (layer[i] as number);
  }
  return field;
}

/** A star-shaped outline: an ellipse with smooth bumps. */
export interface Blob {
  x: number;
  y: number;
  /** Mean radius. */
  radius: number;
  aspect: number;
  angle: number;
  /** Amplitude and phase of the bumps of order 2, 3, 4, 5. */
  bumps: { amplitude: number; phase: number }[];
}

export function makeBlob(random: Random, x: number, y: number, radius: number, irregularity: number): Blob {
  const bumps = [2, 3, 4, 5].map((order) => ({
    amplitude: (irregularity * random.uniform(0.2, 1)) / order,
    phase: random.uniform(0, 2 * Math.PI),
  }));
  return { x, y, radius, aspect: random.uniform(1, 1.7), angle: random.uniform(0, Math.PI), bumps };
}

/** Calls `visit` for pixels near the blob with their distance from its centre, relative to the outline in that direction (1 = on it). */
export function overBlob(blob: Blob, size: number, reach: number, visit: (pixel: number, relative: number) => void): void {
  const [cos, sin, stretch] = [Math.cos(blob.angle), Math.sin(blob.angle), Math.sqrt(blob.aspect)];
  const extent = Math.ceil(blob.radius * stretch * 1.5 * reach) + 1;
  const [top, left] = [Math.max(0, Math.floor(blob.y - extent)), Math.max(0, Math.floor(blob.x - extent))];
  for (let y = top; y < Math.min(size, blob.y + extent); y++) {
    for (let x = left; x < Math.min(size, blob.x + extent); x++) {
      const [dy, dx] = [y - blob.y, x - blob.x];
      const [u, v] = [(dx * cos + dy * sin) / stretch, (dy * cos - dx * sin) * stretch];
      const theta = Math.atan2(v, u);
      let outline = 1;
      blob.bumps.forEach(({ amplitude, phase }, i) => {
        outline += amplitude * Math.cos((i + 2) * theta + phase);
      });
      const relative = Math.sqrt(u * u + v * v) / (blob.radius * outline);
      if (relative <= reach) visit(y * size + x, relative);
    }
  }
}

/** Adds a blob that is out of focus, brightest in its middle. */
export function addBlur(plane: Float32Array, blob: Blob, size: number, amount: number): void {
  overBlob(blob, size, 2.5, (pixel, relative) => {
    plane[pixel] = (plane[pixel] as number) + amount * Math.exp(-1.5 * relative * relative);
  });
}

/** 1 inside, 0 outside, with a ramp of `softness` pixels across the outline. */
export function coverage(blob: Blob, relative: number, softness: number): number {
  return Math.min(1, Math.max(0, 0.5 + ((1 - relative) * blob.radius) / softness));
}

function cellOf(position: number): [cell: number, smoothed: number] {
  const cell = Math.floor(position);
  const t = position - cell;
  return [cell, t * t * (3 - 2 * t)];
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}
