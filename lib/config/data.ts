/** How a data set is read: options of `Dataset.open`, `verifyDataset` and of every command that takes data. */
import { z } from "zod";
import { type Intensity, type IntensityRuleInput, intensitySchema } from "./intensity.js";

/** How images are read. */
export interface ReadingOptions {
  /** Channels to take, by name or number from 0: one as grey, two as red and green, three as red, green and blue. By default all. */
  channels?: Channel[];
  /** Which plane of a stack, at least 0, or its maximum or mean over all planes. By default none: needed where a file has several. */
  plane?: number | "max" | "mean";
  /** Whether an image is turned as its EXIF or TIFF tag says, or taken as stored. By default "apply", where image and mask agree. */
  orientation?: "apply" | "ignore";
  /**
   * How grey values become the 0 to 255 that a network sees: { mode: "percentile" | "range" | "type" | "none", low, high, per: "dataset" |
   * "image", channels: "together" | "apart" }, or the `intensity` of a model or of the data set that a network is trained on.
   * By default bytes are taken as they are; of other types, what lies between the percentiles 0.1 and 99.9 of all images becomes 0 to 255.
   */
  intensity?: Intensity | IntensityRuleInput;
  /** The grey value that stands for values which are no numbers (NaN) or infinite. By default an image with any is refused. */
  nan?: number;
  /** µm per pixel, above 0, for files that do not say it, or say it wrongly. By default what the files say. */
  pixelSize?: number;
}

/** How images and masks are read: of `Dataset.open`, `verifyDataset`, `convert` and what else takes data. */
export interface DataOptions extends ReadingOptions {
  /** Pixels of this value or more are cells, above 0, in the grey values of the mask: for masks with soft edges. By default there is no such value. */
  maskThreshold?: number;
  /** What several values in a mask mean, where it cannot be told: one cell each, or one class each. By default told from the masks. */
  maskValues?: "labels" | "classes";
  /** Classes that are foreground, by name or by value; all others are background. By default all. */
  classes?: Channel[];
  /**
   * Values of masks, or names of classes, whose pixels count neither in the loss nor in scores: `[255]`, `["debris"]`. By default none; of an
   * nnU-Net data set, what its dataset.json calls "ignore".
   */
  ignore?: Channel[];
}

/** A channel or class, by name or by number from 0 on. */
export type Channel = string | number;

const channelSchema = z.union([z.string().min(1), z.int().min(0)], "must be a name or a number from 0 on");
export const channelsSchema = z.array(channelSchema).min(1, "must name a channel").max(3, "must name three channels at most");
const something = z.unknown().optional();

/** In a mask: 0 is background, 1 a cell, and this a pixel that counts neither in the loss nor in scores. */
export const ignoredPixel = 2;

export const dataOptionsSchema = z.strictObject({
  channels: channelsSchema.optional(),
  plane: z.union([z.int().min(0), z.enum(["max", "mean"])], "must be a number from 0 on, max or mean").optional(),
  orientation: z.enum(["apply", "ignore"]).optional(),
  maskThreshold: z.number().positive().optional(),
  maskValues: z.enum(["labels", "classes"]).optional(),
  classes: z.array(channelSchema).min(1, "must name a class").optional(),
  ignore: z.array(channelSchema).optional(),
  intensity: intensitySchema.optional(),
  nan: z.number().optional(),
  pixelSize: z.number().positive().optional(),
  // No configuration, but part of the same object.
  ...{ layout: something, group: something, signal: something, onProgress: something, onPair: something, onProblem: something },
});
