/** How many tiles an image is cut into, and which cuts are refused. */

import { ConfigError } from "../errors.js";
import { inOrder } from "../system/concurrency.js";
import type { DecodeOptions } from "./decode.js";
import { type LevelOptions, sizeOf } from "./image-rows.js";

export interface Tiling {
  readonly tile: number;
  readonly overlap: number;
}

/** More than this are refused: at the default tile an image of 900,000 × 900,000 px. */
const mostTiles = 1_000_000;
/** An overlap of three quarters of the tile predicts each pixel 16 times. */
const mostTimes = 16;

/** As core/predict/strip_predictor.h cuts. @param size px */
export function tileCount({ height, width }: { readonly height: number; readonly width: number }, tiling: Tiling): number {
  return along(height, tiling) * along(width, tiling);
}

function along(size: number, { tile, overlap }: Tiling): number {
  if (tile === 0 || size <= tile) return 1;
  const covered = size + 2 * Math.floor(overlap / 2) - tile;
  return 1 + Math.max(1, Math.floor((covered + tile - overlap - 1) / (tile - overlap)));
}

/** An `emptyContrast` that leaves out empty glass and dark ground, and keeps a tile with a single cell. */
export const glassContrast = 10;

/** Of each image, from the files' headers; 1 where that cannot be told. @throws as `checkTiles`, before any work. */
export async function countTiles(
  images: readonly string[],
  tiling: Tiling,
  options: DecodeOptions & LevelOptions,
  /** What an image is enlarged by before it is cut. */
  scaleOf: (image: string) => Promise<number> = async () => 1,
): Promise<number[]> {
  const counts: number[] = [];
  await inOrder(
    images,
    async (image) => scaled(await sizeOf(image, options), await scaleOf(image)),
    (size, index) => {
      if (size) checkTiles(size, tiling, images[index] as string);
      counts.push(size ? tileCount(size, tiling) : 1);
    },
  );
  return counts;
}

/** The size that a network sees; at least a pixel. */
export function scaled<Size extends { readonly height: number; readonly width: number } | undefined>(
  size: Size,
  scale: number,
): Size {
  if (size === undefined || scale === 1) return size;
  const of = (length: number) => Math.max(1, Math.round(length * scale));
  return { ...size, height: of(size.height), width: of(size.width) };
}

/** @throws ConfigError ACINUS_CONFIG where predicting the image would be absurd work, with the number of tiles. */
export function checkTiles(size: { readonly height: number; readonly width: number }, tiling: Tiling, image: string): void {
  const { tile, overlap } = tiling;
  const tiles = tileCount(size, tiling);
  const times = (tiles * tile * tile) / (size.height * size.width);
  const most = Math.floor((tile * 3) / 4);
  if (tiles <= mostTiles && (overlap <= most || times <= mostTimes)) return;
  const cut = `Tiles of ${tile} px that share ${overlap} px cut ${image} (${size.width}×${size.height} px) into ${count(tiles)} tiles`;
  const fix =
    overlap > most
      ? `Use an overlap of at most ${most} px, three quarters of the tile (--overlap).`
      : "Use larger tiles (--tile); 512 to 1024 px suit most images.";
  const why =
    overlap > most ? `each pixel would be predicted ${count(Math.round(times))} times` : `more than ${count(mostTiles)}`;
  throw new ConfigError("ACINUS_CONFIG", `${cut}: ${why}.`, { file: image, value: tiles, fix });
}

function count(value: number): string {
  return value.toLocaleString("en");
}
