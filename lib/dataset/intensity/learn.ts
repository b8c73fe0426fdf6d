/** What one image alone cannot tell is learnt from all that belong together. */
import type { RawImage } from "../decoded.js";
import type { Histogram } from "./histogram.js";
import { measure } from "./measure.js";
import { typeOf } from "./sample-types.js";

/** The images that belong together: what cannot be told from one alone is learnt from all of them. */
export interface ImageSet {
  readonly count: number;
  /** An image as its file holds it; null where it cannot be read, which its reader says. */
  read(index: number): Promise<RawImage | null>;
}

/** The images looked at to learn a window, spread evenly over a set. */
const mostLearnt = 256;

/** The values of the set's images of the given image's type; of that image where there is no set. What cannot be read is left to its reader. */
export async function histogramOf(
  set: ImageSet | undefined,
  path: string,
  image: RawImage,
  fill: number | undefined,
): Promise<Histogram> {
  const count = set?.count ?? 0;
  const step = Math.max(1, count / mostLearnt);
  let histogram: Histogram | undefined;
  for (let at = 0; set && Math.floor(at) < count; at += step) {
    const other = await set.read(Math.floor(at)).catch(() => null);
    if (!other || typeOf(other.values) !== typeOf(image.values)) continue;
    const one = await measure(path, other, fill ?? 0);
    if (histogram) histogram.join(one);
    else histogram = one;
  }
  return histogram ?? measure(path, image, fill);
}
