/** A stack of images in a .npy file of any size: one image at a time is read. */
import { open } from "node:fs/promises";
import { unreadable } from "./file.js";
import { fromType, type NpyHeader, npyHeader, readNpy } from "./npy.js";
import { guarded } from "./raster.js";
import type { TypedArray } from "./values.js";

/** Arrays whose first axis counts images. */
export interface ImageStack {
  readonly path: string;
  readonly shape: readonly number[];
  /** The numbers of one image. */
  at(index: number): Promise<TypedArray>;
}

/** @throws DataError naming the file. */
export async function openNpy(path: string): Promise<ImageStack> {
  const header = await readPart(path, 0, 66_000, (bytes) => npyHeader(bytes), true);
  const { shape, type, fortran, start } = header as NpyHeader;
  const size = Number(type.slice(2));
  if (!/^[<>|=]?[buif]\d$/.test(type))
    throw unreadable(path, `its values are of NumPy's type ${type}`, "Save it as an array of numbers.");
  if (fortran) throw unreadable(path, "it is in Fortran order", "Save it with numpy.ascontiguousarray.");
  const count = shape.slice(1).reduce((product, length) => product * length, 1);
  return {
    path,
    shape,
    at: (index) => readPart(path, start + index * count * size, count * size, (bytes) => fromType(type, bytes, count)),
  };
}

/** An array that is in memory already, as a stack. */
export function stackOf(path: string, bytes: Buffer): ImageStack {
  const { shape, values } = readNpy(bytes);
  const count = shape.slice(1).reduce((product, length) => product * length, 1);
  return { path, shape, at: async (index) => values.slice(index * count, (index + 1) * count) as TypedArray };
}

async function readPart<T>(path: string, at: number, length: number, parse: (bytes: Buffer) => T, shorter = false): Promise<T> {
  return guarded(path, async () => {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const wanted = shorter ? Math.min(length, size - at) : length;
      if (at + wanted > size) throw new Error("the file is cut short");
      const bytes = Buffer.allocUnsafeSlow(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await file.read(bytes, filled, wanted - filled, at + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return parse(bytes.subarray(0, filled));
    } finally {
      await file.close();
    }
  });
}
