/** How large pixels are, and what follows from it for a network that was trained on others. */
import { ConfigError } from "../errors.js";

/** Pixel sizes that differ by less are taken for equal: by 5 %. */
const equalWithin = 0.05;
/** More than this is taken for a wrong unit. */
const mostScale = 16;

/** The median µm per pixel of a set, where every image says it and none is more than a quarter away from it; otherwise undefined. */
export function commonPixelSize(sizes: readonly (number | undefined)[] = []): number | undefined {
  const known = sizes.filter((size) => size !== undefined).sort((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)];
  if (median === undefined || known.length < sizes.length) return undefined;
  const [least, most] = [known[0] as number, known.at(-1) as number];
  return least >= 0.75 * median && most <= 1.25 * median ? median : undefined;
}

/**
 * What an image is enlarged by so that its pixels become as large as those of the training: below 1 where it is finer. 1 where one of them is not
 * known, or where they hardly differ.
 * @throws ConfigError ACINUS_CONFIG where they differ by more than 16 times.
 */
export function scaleTo(training: number | undefined, own: number | undefined, image: string): number {
  if (training === undefined || own === undefined) return 1;
  const scale = own / training;
  if (Math.abs(scale - 1) <= equalWithin) return 1;
  if (scale <= mostScale && scale >= 1 / mostScale) return scale;
  const message = `${image} has ${micrometres(own)} per pixel, and the training's images have ${micrometres(training)}.`;
  throw new ConfigError("ACINUS_CONFIG", message, {
    file: image,
    value: own,
    fix: "Say its pixel size in µm (pixelSize, --pixel-size), or take it as it is (rescale: false, --no-rescale).",
  });
}

/** For the terminal: how an image is seen. */
export function describeScale(training: number, own: number): string {
  const scale = own / training;
  return (
    `Images of ${micrometres(own)} per pixel are seen at the ${micrometres(training)} of the training, ` +
    `${scale < 1 ? `reduced to ${scale.toPrecision(2)}` : `enlarged by ${scale.toPrecision(2)}`}; results are on their own pixels.`
  );
}

function micrometres(size: number): string {
  return `${Number(size.toPrecision(3))} µm`;
}
