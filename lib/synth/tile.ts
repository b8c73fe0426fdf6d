/** One synthetic tile: pixels and mask from (seed, index), the same bits on every machine. */
import { Random } from "../system/random.js";
import { drawFluorescence } from "./fluorescence.js";
import { drawHistology } from "./histology.js";
import { drawMask, makeLayout } from "./layout.js";

export type TileStyle = "fluorescence" | "he";

export interface Tile {
  /** Interleaved RGB, size · size · 3. */
  readonly image: Uint8Array;
  /** 0 or 1, size · size. */
  readonly mask: Uint8Array;
  /** Nuclei drawn; touching ones are one component of the mask. */
  readonly nuclei: number;
}

export function drawTile(seed: number, index: number, size: number, style: TileStyle, empty: boolean): Tile {
  const random = new Random(seed, index);
  const layout = makeLayout(random, size, empty);
  const image = style === "fluorescence" ? drawFluorescence(random, layout, size) : drawHistology(random, layout, size);
  return { image, mask: drawMask(layout, size), nuclei: layout.nuclei.length };
}
