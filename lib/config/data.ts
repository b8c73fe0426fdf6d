/** How a data set is read: options of `Dataset.open`, `verifyDataset` and of every command that takes data. */
import { z } from "zod";
import { intensitySchema } from "./intensity.js";

const channelSchema = z.union([z.string().min(1), z.int().min(0)], "must be a name or a number from 0 on");
export const channelsSchema = z.array(channelSchema).min(1, "must name a channel").max(3, "must name three channels at most");
export type Channel = z.output<typeof channelSchema>;
const something = z.unknown().optional();

/** In a mask: 0 is background, 1 a cell, and this a pixel that counts neither in the loss nor in scores. */
export const ignoredPixel = 2;

export const dataOptionsSchema = z.strictObject({
  /** Channels to take, by name or number from 0: one as grey, two as red and green, three as red, green and blue. */
  channels: channelsSchema.optional(),
  /** Which plane of a stack, counted from 0, or its maximum or mean over all planes. */
  plane: z.union([z.int().min(0), z.enum(["max", "mean"])], "must be a number from 0 on, max or mean").optional(),
  /** Whether an image is turned as its EXIF or TIFF tag says, or taken as stored. Default "apply", where image and mask agree. */
  orientation: z.enum(["apply", "ignore"]).optional(),
  /** Pixels of this value or more are cells: for masks with soft edges. */
  maskThreshold: z.number().positive().optional(),
  /** What several values in a mask mean, where it cannot be told: one cell each, or one class each. */
  maskValues: z.enum(["labels", "classes"]).optional(),
  /** Classes that are foreground, by name or by value; all others are background. Default: all. */
  classes: z.array(channelSchema).min(1, "must name a class").optional(),
  /**
   * Values of masks, or names of classes, whose pixels count neither in the loss nor in scores: `[255]`, `["debris"]`. Default: none; of an nnU-Net
   * data set, what its dataset.json calls "ignore".
   */
  ignore: z.array(channelSchema).optional(),
  /**
   * How grey values become the 0 to 255 that a network sees: { mode: "percentile" | "range" | "type" | "none", low, high, per: "dataset" |
   * "image", channels: "together" | "apart" }, or the `intensity` of a model or of the data set that a network is trained on.
   * Default: bytes are taken as they are; of other types, what lies between the percentiles 0.1 and 99.9 of all images becomes 0 to 255.
   */
  intensity: intensitySchema.optional(),
  /** The grey value that stands for values which are no numbers (NaN) or infinite; without it, an image with any is refused. */
  nan: z.number().optional(),
  /** µm per pixel, for files that do not say it, or say it wrongly. */
  pixelSize: z.number().positive().optional(),
  // No configuration, but part of the same object.
  ...{ layout: something, group: something, signal: something, onProgress: something, onPair: something, onProblem: something },
});

/** Whether the options make sense is decided by the schema, not here. */
export type DataOptions = Omit<
  z.input<typeof dataOptionsSchema>,
  "layout" | "group" | "signal" | "onProgress" | "onPair" | "onProblem"
>;
