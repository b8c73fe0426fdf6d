/** Regions of ImageJ (.roi): outlines in pixels. */
import type { Shape } from "./fill.js";

export interface ImageJRoi {
  /** Undefined for points and lines, which mark no pixels. */
  readonly shape: Shape | undefined;
  readonly name: string;
}

const [polygon, rectangle, oval, line, freeline, polyline, none, freehand, traced, angle, point] = Array.from(
  { length: 11 },
  (_, i) => i,
);
const subPixel = 128;

/** Throws an Error (RangeError among others) where the bytes are no region that is read. */
export function readRoi(bytes: Buffer, name = ""): ImageJRoi {
  if (bytes.toString("latin1", 0, 4) !== "Iout") throw new Error("it is no region of ImageJ");
  const type = bytes[6] as number;
  const [top, left, bottom, right] = [8, 10, 12, 14].map((at) => bytes.readInt16BE(at)) as [number, number, number, number];
  const count = bytes.readUInt16BE(16) || bytes.readInt32BE(18);
  const composite = bytes.readInt32BE(36);
  const options = bytes.readUInt16BE(50);
  if (composite > 0) return { shape: readComposite(bytes, composite), name };
  if (type === rectangle) return { shape: [[left, top, right, top, right, bottom, left, bottom]], name };
  if (type === oval) return { shape: [ellipse(left, top, right, bottom)], name };
  if ([line, freeline, polyline, none, angle, point].includes(type)) return { shape: undefined, name };
  if (![polygon, freehand, traced].includes(type)) throw new Error(`a region is of ImageJ's type ${type}, which is not read`);
  if (!(count >= 0 && 64 + 4 * count <= bytes.length)) throw new Error("a region is cut short");
  const ring: number[] = [];
  const floats = 64 + 4 * count;
  for (let i = 0; i < count; i++) {
    if (options & subPixel && bytes.length >= floats + 8 * count)
      ring.push(bytes.readFloatBE(floats + 4 * i), bytes.readFloatBE(floats + 4 * (count + i)));
    else ring.push(left + bytes.readInt16BE(64 + 2 * i), top + bytes.readInt16BE(64 + 2 * (count + i)));
  }
  return { shape: [ring], name };
}

function ellipse(left: number, top: number, right: number, bottom: number): number[] {
  const points = 256;
  return Array.from({ length: points }, (_, i) => (2 * Math.PI * i) / points).flatMap((turn) => [
    (left + right) / 2 + ((right - left) / 2) * Math.cos(turn),
    (top + bottom) / 2 + ((bottom - top) / 2) * Math.sin(turn),
  ]);
}

/** A path of moves (0), lines (1), curves (2, 3) and ends (4), as java.awt.geom writes them. */
function readComposite(bytes: Buffer, count: number): Shape {
  if (64 + 4 * count > bytes.length) throw new Error("a region is cut short");
  const rings: number[][] = [];
  const value = (i: number) => bytes.readFloatBE(64 + 4 * i);
  for (let i = 0; i < count; ) {
    const step = value(i++);
    const points = step === 0 || step === 1 ? 1 : step === 2 ? 2 : step === 3 ? 3 : step === 4 ? 0 : -1;
    if (points < 0) throw new Error("a region holds an unknown kind of step");
    if (step === 0) rings.push([]);
    // A curve is taken by the point at its end.
    if (points > 0) rings.at(-1)?.push(value(i + 2 * points - 2), value(i + 2 * points - 1));
    i += 2 * points;
  }
  return rings.filter((ring) => ring.length >= 6);
}
