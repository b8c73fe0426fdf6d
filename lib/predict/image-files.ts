/** Image files as a trained network sees them. */
import { dataOptionsSchema } from "../config/data.js";
import type { ImagesSeen } from "../config/images-seen.js";
import type { Intensity, IntensityRule } from "../config/intensity.js";
import { parseConfig } from "../config/parse.js";
import type { ReadImageOptions } from "../dataset/decode.js";
import type { DecodedImage } from "../dataset/decoded.js";
import { ImageReader } from "../dataset/images.js";
import { ruleBefore } from "../dataset/intensity/intensity-map.js";
import { darkAdvice } from "../dataset/intensity/words.js";
import { check, checkPath } from "../system/arguments.js";

/** `channels` (default: those of the training), `plane` and `orientation` say what of an image file is seen. */
export interface SeenOptions extends ReadImageOptions {
  /**
   * How grey values of image files become the bytes that the network sees . By default as of the images that the network was
   * trained on. Images of another type than these are made as bright as these were.
   */
  intensity?: Intensity | IntensityRule;
  /** The grey value that stands for values which are no numbers (NaN). By default an image with any is refused. */
  nan?: number;
  /** Is told, once, how images of another type than the network's are mapped. */
  onNote?: (sentence: string) => void;
}

/** The same, where an image may be one of several. */
export interface ImageFileOptions extends SeenOptions {
  /** Image files that belong together: their brightness is told from all of them. Give the same list with each of its images. Default: the image alone. */
  among?: readonly string[];
}

const seen = { channels: true, plane: true, orientation: true, intensity: true, nan: true } as const;
const schema = dataOptionsSchema.pick(seen);
export const imageFileOptions = [...Object.keys(seen), "among", "onNote"];

/** What of an image file is seen: as asked for, otherwise as of the images that the model was trained on. */
export function seenAs(model: ImagesSeen, options: ImageFileOptions) {
  const { channels = model.channels, plane, orientation, nan, intensity } = options;
  const asked = parseConfig(schema, { channels, plane, orientation, nan, intensity }, "options");
  return { ...asked, intensity: asked.intensity ?? model.intensity ?? ruleBefore };
}

/** Reads images one by one; those that belong together are mapped alike. */
export class ImageFiles {
  #last: { among: readonly string[]; of: string; reader: ImageReader; told: Set<string> } | undefined;

  /** @param model how the network saw its training images. */
  async read(path: string, model: ImagesSeen, options: ImageFileOptions): Promise<DecodedImage> {
    const { among = [path], onNote = () => undefined } = options;
    check(Array.isArray(among), among, "options.among", "a list of paths");
    check(typeof onNote === "function", onNote, "options.onNote", "a function");
    const asked = seenAs(model, options);
    const of = JSON.stringify(asked);
    if (this.#last?.among !== among || this.#last.of !== of) {
      for (const file of among) checkPath(file, "each of options.among");
      const files = among.map((image) => ({ image }));
      this.#last = { among, of, reader: new ImageReader(files, asked, asked.intensity), told: new Set() };
    }
    const { reader, told } = this.#last;
    const image = await reader.read({ image: path });
    const notes = [...reader.notes];
    if (image.dark && !told.has(darkAdvice)) notes.push(`${path} is nearly black to the network.`, darkAdvice);
    for (const note of notes) if (!told.has(note)) onNote(note);
    for (const note of notes) told.add(note);
    return image;
  }
}
