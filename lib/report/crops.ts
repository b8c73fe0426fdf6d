/** Pictures of single cells that went wrong, and of those where the annotation may be wrong. */
import { fittedSize, type Region, regionOf, webp } from "../render/layers.js";
import { stretched, stretchOf } from "../render/views.js";
import type { JudgedImage } from "./examine.js";
import type { JudgedCell } from "./judged-cells.js";
import { outlinesOf } from "./pictures.js";

export const cropKinds = ["missed", "phantom", "merged", "split", "unmarked", "unseen"] as const;
/** `unmarked`: predicted with confidence where no cell is marked. `unseen`: marked where the network is sure that there is none. */
export type CropKind = (typeof cropKinds)[number];

export interface Crop {
  readonly kind: CropKind;
  readonly image: string;
  readonly cell: JudgedCell;
  /** Base64: the pixels as WebP, the outlines over them as PNG. */
  readonly pixels: string;
  readonly outlines: string;
}

/** Mean probability from which a prediction, and up to which a denial, is confident. */
export const confident = { cell: 0.9, none: 0.1 } as const;
/** A confident disagreement touches no cell of the other side by more than this IoU. */
const apart = 0.05;
const side = 144;

/** Keeps the most telling crops of each kind while the images pass. */
export class CropCollector {
  readonly #limit: number;
  readonly #kept = new Map<CropKind, { rank: number; crop: Crop }[]>();
  readonly #counts = new Map<CropKind, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async add(image: JudgedImage): Promise<void> {
    let table: Uint8ClampedArray | undefined;
    const whole: Region = { left: 0, top: 0, height: image.height, width: image.width };
    for (const cell of image.cells) {
      for (const kind of kindsOf(cell)) {
        this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
        const rank = rankOf(kind, cell);
        const kept = this.#kept.get(kind) ?? [];
        this.#kept.set(kind, kept);
        if (kept.length >= this.#limit && rank <= (kept.at(-1)?.rank ?? 0)) continue;
        table ??= stretchOf((await regionOf(image.rgb, whole, whole, fittedSize(whole, 512))).data);
        const crop = await cropOf(kind, cell, image, table);
        kept.splice(Math.max(0, kept.findLastIndex((one) => one.rank >= rank) + 1), 0, { rank, crop });
        if (kept.length > this.#limit) kept.pop();
      }
    }
  }

  /** The most telling first. */
  of(kind: CropKind): Crop[] {
    return (this.#kept.get(kind) ?? []).map(({ crop }) => crop);
  }

  /** How many there are in all. */
  count(kind: CropKind): number {
    return this.#counts.get(kind) ?? 0;
  }
}

function kindsOf(cell: JudgedCell): CropKind[] {
  const { side: of, outcome, holds, iou, score } = cell;
  if (of === "true") {
    const wrong: CropKind[] = holds >= 2 ? ["split"] : outcome === "missed" ? ["missed"] : [];
    return outcome === "missed" && iou <= apart && score <= confident.none ? [...wrong, "unseen"] : wrong;
  }
  const wrong: CropKind[] = holds >= 2 ? ["merged"] : outcome === "phantom" ? ["phantom"] : [];
  return outcome === "phantom" && iou <= apart && score >= confident.cell ? [...wrong, "unmarked"] : wrong;
}

function rankOf(kind: CropKind, { area, score }: JudgedCell): number {
  if (kind === "unmarked") return score * Math.sqrt(area);
  return kind === "unseen" ? (1 - score) * Math.sqrt(area) : area;
}

async function cropOf(kind: CropKind, cell: JudgedCell, image: JudgedImage, table: Uint8ClampedArray): Promise<Crop> {
  const region = around(cell.boundingBox, image);
  const pixels = await regionOf(image.rgb, image, region, fittedSize(region, side));
  return {
    ...{ kind, image: image.name, cell },
    pixels: await webp({ ...pixels, data: stretched(pixels.data, table) }),
    outlines: await outlinesOf(image, region, side),
  };
}

/** A square with a margin, inside of the image. */
function around({ x, y, width, height }: JudgedCell["boundingBox"], image: { height: number; width: number }): Region {
  const wanted = Math.max(48, Math.ceil(1.6 * Math.max(width, height)));
  const place = (from: number, length: number, limit: number): [number, number] => {
    const taken = Math.min(wanted, limit);
    const start = Math.round(from + length / 2 - taken / 2);
    return [Math.min(Math.max(0, start), limit - taken), taken];
  };
  const [left, w] = place(x, width, image.width);
  const [top, h] = place(y, height, image.height);
  return { left, top, width: w, height: h };
}
