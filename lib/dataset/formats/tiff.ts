/** Pixels of any TIFF page as they are stored, of any sample type, through geotiff (loaded when the first such file comes). */

import type { TiffHeader } from "./tiff-header.js";
import type { TypedArray } from "./values.js";

/** A page's samples, each `width · height` long. */
export type Planes = readonly TypedArray[];

/** No compression of TIFF makes more of a byte. */
const mostExpansion = 4096;

/** Whether values are of a type that libvips would change or not read: anything but unsigned 1 to 8 and 16 bits. */
export function holdsOtherTypes({ bits, sampleFormat }: TiffHeader): boolean {
  return sampleFormat !== "uint" || (bits > 8 && bits !== 16);
}

/** Samples of the pages asked for (counted from 0). Throws an Error on damage, on sizes that the file cannot hold, and on unknown compression. */
export async function tiffPlanes(bytes: Buffer, header: TiffHeader, pages: readonly number[]): Promise<Planes[]> {
  const { width, height, samples, bits } = header;
  const needed = width * height * samples * Math.max(1, bits / 8) * pages.length;
  if (!(width > 0 && height > 0) || needed > mostExpansion * bytes.length || needed > 2 ** 33) {
    throw new Error(
      `it says that it holds ${pages.length} × ${width}×${height} pixels, more than its ${bytes.length} bytes can`,
    );
  }
  if (header.pages === 1 && pages.some((page) => page > 0)) return pages.map((page) => [contiguous(bytes, header, page)]);
  const { fromArrayBuffer } = await import("geotiff");
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const file = await fromArrayBuffer(buffer);
  const result: Planes[] = [];
  for (const page of pages) {
    const image = await file.getImage(page);
    if (image.getWidth() !== width || image.getHeight() !== height) {
      throw new Error(`page ${page} is ${image.getWidth()}×${image.getHeight()} pixels and page 0 ${width}×${height}`);
    }
    const rasters = await image.readRasters({ interleave: false });
    result.push(Array.from({ length: rasters.length }, (_, i) => rasters[i] as TypedArray));
  }
  return result;
}

/** ImageJ writes stacks beyond 4 GB with one directory: the other pages follow the first without a gap. */
function contiguous(
  bytes: Buffer,
  { width, height, samples, bits, sampleFormat, compression, offset, littleEndian }: TiffHeader,
  page: number,
): TypedArray {
  if (compression !== 1 || samples !== 1 || sampleFormat !== "uint" || ![8, 16].includes(bits)) {
    throw new Error("its description counts more images than it has pages");
  }
  const size = (width * height * bits) / 8;
  const start = offset + page * size;
  if (start + size > bytes.length) throw new Error("the file is cut short");
  const part = bytes.subarray(start, start + size);
  if (bits === 8) return new Uint8Array(part);
  return Uint16Array.from({ length: width * height }, (_, i) =>
    littleEndian ? part.readUInt16LE(2 * i) : part.readUInt16BE(2 * i),
  );
}
