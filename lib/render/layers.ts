/** Parts of an image in a size for a page, and what is drawn over them. The work grows with the picture, not with the image. */
import { loadSharp } from "../system/image-library.js";
import type { Colour } from "./colour-map.js";
import type { View } from "./views.js";

/** px */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Extent {
  readonly height: number;
  readonly width: number;
}

/** The size in which a region fills a square: reduced, or with `enlarge` by a whole factor. */
export function fittedSize({ height, width }: Extent, side: number, enlarge = false): Extent {
  const longest = Math.max(height, width);
  const scale = longest > side ? side / longest : enlarge ? Math.max(1, Math.floor(side / longest)) : 1;
  return { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
}

/** A region of interleaved RGB: smoothed where it is reduced, with hard pixels where it is enlarged. */
export async function regionOf(rgb: Uint8Array, whole: Extent, region: Region, size: Extent): Promise<View> {
  const sharp = await loadSharp();
  const raw = { height: whole.height, width: whole.width, channels: 3 as const };
  const kernel = size.width > region.width || size.height > region.height ? "nearest" : "lanczos3";
  const { left, top, width, height } = region;
  const data = await sharp(rgb, { raw, limitInputPixels: false })
    .extract({ left, top, width, height })
    .resize(size.width, size.height, { fit: "fill", kernel })
    .raw()
    .toBuffer();
  return { data, ...size };
}

/** The nearest value of each pixel of the picture. @param width of the whole image. */
export function sampled(values: ArrayLike<number>, width: number, region: Region, size: Extent): Float32Array {
  const out = new Float32Array(size.height * size.width);
  for (let y = 0; y < size.height; y++) {
    const row = (region.top + Math.floor(((y + 0.5) * region.height) / size.height)) * width + region.left;
    for (let x = 0; x < size.width; x++) {
      out[y * size.width + x] = values[row + Math.floor(((x + 0.5) * region.width) / size.width)] as number;
    }
  }
  return out;
}

/** 1 in each pixel of a cell beside which there is another value. */
export function edgesOf(labels: ArrayLike<number>, { height, width }: Extent): Uint8Array {
  const out = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const here = labels[at];
      if (here === 0) continue;
      const differs =
        (x > 0 && labels[at - 1] !== here) ||
        (x + 1 < width && labels[at + 1] !== here) ||
        (y > 0 && labels[at - width] !== here) ||
        (y + 1 < height && labels[at + width] !== here);
      if (differs) out[at] = 1;
    }
  }
  return out;
}

/** Colours over nothing: a pixel for which `colour` gives none stays transparent. */
export async function layer({ height, width }: Extent, colour: (index: number) => Colour | undefined): Promise<string> {
  const data = new Uint8Array(4 * height * width);
  for (let i = 0; i < height * width; i++) {
    const found = colour(i);
    if (found) data.set([...found, 255], 4 * i);
  }
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { height, width, channels: 4 } });
  return (await image.png({ palette: true, colours: 8, compressionLevel: 9 }).toBuffer()).toString("base64");
}

/** Base64 of a WebP. */
export async function webp({ data, height, width }: View, quality = 80): Promise<string> {
  const sharp = await loadSharp();
  return (
    await sharp(data, { raw: { height, width, channels: 3 } })
      .webp({ quality })
      .toBuffer()
  ).toString("base64");
}
