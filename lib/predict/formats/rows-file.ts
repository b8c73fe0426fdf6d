import type { UnfinishedFile } from "../../system/unfinished-file.js";

/** A picture: one value a pixel, or red, green and blue. */
export interface RowsPicture {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16 | 32;
  /** Three, of 8 bits each, in PNG alone. Default 1. */
  readonly channels?: 1 | 3;
  /** Whether a TIFF may grow beyond 4 GB (BigTIFF). Default: by its size before it is packed. */
  readonly big?: boolean;
}

export type GreyValues = Uint8Array | Uint16Array | Int32Array;

/** A picture that is written row by row. What it writes becomes a file when the file is finished. */
export interface RowsFile {
  /** Whole rows below those written before. */
  write(rows: GreyValues): Promise<void>;
  /** After the last row. */
  end(): Promise<void>;
}

export type BeginRows = (file: UnfinishedFile, picture: RowsPicture) => Promise<RowsFile>;

/** The bytes of values in the machine's order. */
export function bytesOf(values: GreyValues): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
