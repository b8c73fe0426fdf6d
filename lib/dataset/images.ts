/** The images of a set: found, read, and mapped to the bytes that a network sees. */
import type { IntensityOptions, IntensityRule } from "../config/intensity.js";
import { readImage } from "./decode.js";
import type { DecodedImage, RawImage } from "./decoded.js";
import { IntensityMap } from "./intensity/intensity-map.js";
import type { LayoutSample, ReadOptions } from "./layouts/layout.js";

export class ImageReader {
  readonly intensity: IntensityMap;
  readonly #options: ReadOptions;
  /** The first image with opacity. */
  #transparent: string | undefined;

  /** @param samples all of the set, from which a mapping is learnt where none is given. */
  constructor(
    samples: readonly Pick<LayoutSample, "image" | "readImage">[],
    options: ReadOptions,
    intensity?: IntensityOptions | IntensityRule,
  ) {
    this.#options = options;
    const read = async (index: number) => {
      const image = await this.#raw(samples[index] as LayoutSample);
      return "values" in image ? image : null;
    };
    this.intensity = new IntensityMap(intensity, options.nan, { count: samples.length, read });
  }

  /** What a user should know of how the images are seen, a sentence each. */
  get notes(): readonly string[] {
    const { notes } = this.intensity;
    if (this.#transparent === undefined) return notes;
    return [
      ...notes,
      `${this.#transparent} has opacity (alpha): it is left out, and the colours are taken as they are stored.`,
    ];
  }

  async read(sample: Pick<LayoutSample, "image" | "readImage">): Promise<DecodedImage> {
    const image = await this.#raw(sample);
    if (!("values" in image)) return image;
    if (image.opacity) this.#transparent ??= sample.image;
    return this.intensity.map(sample.image, image);
  }

  #raw(sample: Pick<LayoutSample, "image" | "readImage">): Promise<RawImage | DecodedImage> {
    return sample.readImage ? sample.readImage(this.#options) : readImage(sample.image, this.#options);
  }
}
