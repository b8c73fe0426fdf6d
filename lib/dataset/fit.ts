/** Whether a mask would fit its image better shifted, mirrored or turned. */

export interface Misfit {
  /** What would have to be done to the mask. */
  readonly how: string;
  /** Correlation of the mask with the image's brightness, as it is and after that; both without sign. */
  readonly now: number;
  readonly otherwise: number;
}

/** Longest side of what is compared, px. */
const side = 48;
/** Farthest shift looked for, in those pixels. */
const farthest = 6;
/** What a better fit has to reach, and by how much it has to be better: structure alone gives chance correlations of about 0.2. */
const [leastOtherwise, leastGain, mostNow] = [0.35, 0.2, 0.5];

interface Small {
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
}

const turns: readonly (readonly [
  string,
  (x: number, y: number, width: number, height: number) => readonly [number, number],
])[] = [
  ["mirrored left to right", (x, y, w) => [w - 1 - x, y]],
  ["mirrored top to bottom", (x, y, _, h) => [x, h - 1 - y]],
  ["turned by 180°", (x, y, w, h) => [w - 1 - x, h - 1 - y]],
];
const squareTurns: typeof turns = [
  ["turned by 90° to the left", (x, y, w) => [w - 1 - y, x]],
  ["turned by 90° to the right", (x, y, _, h) => [y, h - 1 - x]],
  ["mirrored at the diagonal", (x, y) => [y, x]],
  ["mirrored at the other diagonal", (x, y, w, h) => [w - 1 - y, h - 1 - x]],
];

/** Undefined where it fits, or where nothing can be said (no cells, little contrast). `rgb` is interleaved bytes. */
export function misfit(rgb: Uint8Array, mask: Uint8Array, width: number, height: number): Misfit | undefined {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / side));
  const image = shrink(
    width,
    height,
    factor,
    (i) => (rgb[3 * i] as number) + (rgb[3 * i + 1] as number) + (rgb[3 * i + 2] as number),
  );
  const cells = shrink(width, height, factor, (i) => (mask[i] === 1 ? 1 : 0));
  const now = Math.abs(correlation(image, cells, 0, 0));
  if (now > mostNow) return undefined;
  let best: Misfit = { how: "", now, otherwise: now };
  const consider = (how: string, otherwise: number) => {
    if (otherwise > best.otherwise) best = { how, now, otherwise };
  };
  for (const [how, place] of image.width === image.height ? [...turns, ...squareTurns] : turns)
    consider(how, Math.abs(correlation(image, moved(cells, place), 0, 0)));
  for (let dy = -farthest; dy <= farthest; dy++) {
    for (let dx = -farthest; dx <= farthest; dx++) {
      if (Math.hypot(dx, dy) > 1.5)
        consider(
          `shifted by ${dx * factor} px to the right and ${dy * factor} px down`,
          Math.abs(correlation(image, cells, dx, dy)),
        );
    }
  }
  return best.otherwise >= leastOtherwise && best.otherwise - now >= leastGain && now <= mostNow * best.otherwise
    ? best
    : undefined;
}

function shrink(width: number, height: number, factor: number, value: (i: number) => number): Small {
  const small = { width: Math.floor(width / factor), height: Math.floor(height / factor) };
  const values = new Float64Array(small.width * small.height);
  for (let y = 0; y < small.height * factor; y++) {
    const row = Math.floor(y / factor) * small.width;
    for (let x = 0; x < small.width * factor; x++)
      values[row + Math.floor(x / factor)] = (values[row + Math.floor(x / factor)] as number) + value(y * width + x);
  }
  return { ...small, values };
}

function moved(
  { values, width, height }: Small,
  place: (x: number, y: number, width: number, height: number) => readonly [number, number],
): Small {
  const result = new Float64Array(values.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [fromX, fromY] = place(x, y, width, height);
      result[i] = values[fromY * width + fromX] as number;
    }
  }
  return { values: result, width, height };
}

/** Pearson's correlation where the two overlap, b moved by dx and dy; 0 where one of them is constant. */
function correlation(a: Small, b: Small, dx: number, dy: number): number {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let y = Math.max(0, dy); y < Math.min(a.height, a.height + dy); y++) {
    for (let x = Math.max(0, dx); x < Math.min(a.width, a.width + dx); x++) {
      const p = a.values[y * a.width + x] as number;
      const q = b.values[(y - dy) * b.width + x - dx] as number;
      n++;
      sumA += p;
      sumB += q;
      sumAA += p * p;
      sumBB += q * q;
      sumAB += p * q;
    }
  }
  const spread = (n * sumAA - sumA * sumA) * (n * sumBB - sumB * sumB);
  return spread > 0 ? (n * sumAB - sumA * sumB) / Math.sqrt(spread) : 0;
}
