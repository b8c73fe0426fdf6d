import { numbers } from "./pictures.js";

export interface TouchingCells {
  readonly height: number;
  readonly width: number;
  /** 1 … count; 0 is background. */
  readonly labels: Int32Array;
  readonly probability: Float32Array;
}

/** Discs in a grid whose neighbours overlap a little, some of them left out; probabilities fall towards each rim. */
export function touchingCells(rows: number, columns: number, radius: number, seed: number): TouchingCells {
  const random = numbers(seed);
  const pitch = Math.round(1.8 * radius);
  const [height, width] = [rows * pitch + 3, columns * pitch + 5];
  const labels = new Int32Array(height * width);
  const depth = new Float32Array(height * width);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (random() < 0.15) continue;
      count++;
      const r = radius * (0.85 + 0.2 * random());
      const [cy, cx] = [(row + 0.5) * pitch + random(), (column + 0.5) * pitch + random()];
      for (let y = Math.max(0, Math.floor(cy - r)); y < Math.min(height, cy + r + 1); y++) {
        for (let x = Math.max(0, Math.floor(cx - r)); x < Math.min(width, cx + r + 1); x++) {
          const inside = 1 - Math.hypot(y - cy, x - cx) / r;
          const i = y * width + x;
          if (inside <= (depth[i] as number)) continue;
          depth[i] = inside;
          labels[i] = count;
        }
      }
    }
  }
  const probability = depth.map((inside) => (inside > 0 ? 0.6 + 0.39 * Math.min(1, 3 * inside) - 0.02 * random() : 0.05));
  return { height, width, labels, probability };
}
