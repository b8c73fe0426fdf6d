/** Places the objects on a tile, whatever the stain: nuclei, which make the mask, and objects that only resemble them. */
import type { Random } from "../system/random.js";
import { type Blob, makeBlob, overBlob } from "./texture.js";

export interface Layout {
  /** In focus: these are the mask. */
  readonly nuclei: readonly Blob[];
  /** Out of focus, wide and faint: by rule not in the mask. */
  readonly blurred: readonly Blob[];
  /** Specks smaller than any nucleus: not in the mask. */
  readonly debris: readonly Blob[];
}

/** Radii of nuclei in pixels: from a tenth of a percent of a 128-pixel tile to four percent. */
const smallest = 3.2;
const largest = 14;

export function makeLayout(random: Random, size: number, empty: boolean): Layout {
  const place = (): [number, number] => [random.uniform(0, size), random.uniform(0, size)];
  const nuclei: Blob[] = [];
  if (!empty) {
    // A tile has its own typical size, so that sets hold tiles of few large and of many small nuclei.
    const typical = logUniform(random, smallest + 1, largest - 3);
    const room = (0.16 * size * size) / (Math.PI * typical * typical);
    const count = Math.max(1, Math.round(logUniform(random, 1, Math.max(1.5, Math.min(24, room)))));
    for (let tries = 0; nuclei.length < count && tries < 20 * count; tries++) {
      const radius = Math.min(largest, Math.max(smallest, typical * logUniform(random, 0.65, 1.5)));
      const [x, y] = random.chance(0.35) ? beside(random, nuclei, radius, place()) : place();
      const fits = nuclei.every((other) => Math.hypot(other.x - x, other.y - y) > 0.85 * (other.radius + radius));
      // Nobody would annotate a nucleus that the border cuts to a sliver.
      const inside = Math.min(x, y, size - 1 - x, size - 1 - y) > (nuclei.length === 0 ? radius : 0);
      if (fits && inside) nuclei.push(makeBlob(random, x, y, radius, random.chance(0.3) ? 0.3 : 0.1));
    }
  }
  const area = (size / 128) ** 2;
  const blurred = Array.from({ length: random.below(1 + Math.ceil(3 * area)) }, () =>
    makeBlob(random, ...place(), random.uniform(6, 13), 0.1),
  );
  const debris = Array.from({ length: random.below(2 + Math.ceil(6 * area)) }, () =>
    makeBlob(random, ...place(), random.uniform(0.6, 1.5), 0.4),
  );
  return {
    nuclei,
    blurred: blurred.filter((blob) => clear(blob, nuclei)),
    debris: debris.filter((blob) => clear(blob, nuclei)),
  };
}

/** 0 for background, 1 for cells. */
export function drawMask(layout: Layout, size: number): Uint8Array {
  const mask = new Uint8Array(size * size);
  for (const blob of layout.nuclei) {
    overBlob(blob, size, 1, (pixel) => {
      mask[pixel] = 1;
    });
  }
  return mask;
}

/** A place where the new nucleus touches one that is there. */
function beside(random: Random, nuclei: readonly Blob[], radius: number, otherwise: [number, number]): [number, number] {
  const neighbour = nuclei[random.below(Math.max(1, nuclei.length))];
  if (!neighbour) return otherwise;
  const [angle, distance] = [random.uniform(0, 2 * Math.PI), (neighbour.radius + radius) * random.uniform(0.9, 1.1)];
  return [neighbour.x + distance * Math.cos(angle), neighbour.y + distance * Math.sin(angle)];
}

function clear(blob: Blob, nuclei: readonly Blob[]): boolean {
  return nuclei.every((other) => Math.hypot(other.x - blob.x, other.y - blob.y) > 1.3 * (other.radius + blob.radius));
}

function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}
