/** Images in memory: as their files hold them, and as a network sees them. */
import type { SampleArray } from "../addon/contract.js";

/** An image as its file holds it. The values of a pixel lie side by side; `picks` are the channels that are seen, one to three. */
export interface RawImage {
  /** The values of the file, row by row, channels interleaved. */
  readonly values: SampleArray;
  /** Channels in `values`. */
  readonly channels: number;
  /** Which of them are seen, in order. */
  readonly picks: readonly number[];
  /** Px. */
  readonly width: number;
  /** Px. */
  readonly height: number;
  /** There is opacity (alpha), it is not full everywhere, and it is left out. */
  readonly opacity?: boolean;
  /** The channels were asked for by name or number: they are stains, and no colours. */
  readonly stains?: boolean;
  /** How the file says that it is turned, 2 to 8 as in EXIF; undefined where it says nothing. */
  readonly turned?: number;
  /** µm per pixel, where the file has it. */
  readonly pixelSize?: number;
}

/** Interleaved RGB bytes, height · width · 3. */
export interface DecodedImage {
  /** Interleaved RGB bytes, height · width · 3. */
  readonly data: Uint8Array;
  /** Px. */
  readonly width: number;
  /** Px. */
  readonly height: number;
  /** Bits of a value in the file: 8, 16, 32 or 64. */
  readonly bits: number;
  /** Its brightest values become nearly black, because they use a small part of the range that they are mapped from. */
  readonly dark?: boolean;
  /** How the file says that it is turned, 2 to 8 as in EXIF; undefined where it says nothing. */
  readonly turned?: number;
  /** µm per pixel, where the file has it. */
  readonly pixelSize?: number;
}
