/** How grey values of image files become the 0 to 255 that a network sees. */
import { z } from "zod";

const finite = z.number("must be a number");

export const intensityModes = ["percentile", "range", "type", "none"] as const;

/** What a user asks for: how grey values become the 0 to 255 that a network sees. */
export interface Intensity {
  /**
   * "percentile": `low` and `high` are percentages of the values, and what lies between them becomes 0 to 255. "range": they are grey values of
   * the files. "type": 0 to the largest value of the files' type (1 for floats). "none": values are taken as they are, 0 to 255. Needed.
   */
  mode: (typeof intensityModes)[number];
  /** What becomes 0. Of "percentile": %, 0 to 100, by default 0.1. Of "range": a grey value, needed. */
  low?: number;
  /** What becomes 255. Of "percentile": %, 0 to 100, by default 99.9. Of "range": a grey value above `low`, needed. */
  high?: number;
  /** Percentiles of all images together, or of each image by itself. Default "dataset". */
  per?: "dataset" | "image";
  /** One window for all channels of an image, which keeps colours, or one for each (stains). Default "together". */
  channels?: "together" | "apart";
}

/** How bright the network saw the images of its training in one channel, in levels of 0 to 255: images of other types are mapped to that. */
export interface IntensityLevels {
  /** Levels below which lie 0.1, 95, 99, 99.9 and 99.99 % of the values; single bright pixels do not count. */
  percentiles: number[];
  /** Standard deviation of the noise, the median of all images, levels of 0 to 255. */
  noise: number;
}

export const sampleTypes = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"] as const;
export type SampleType = (typeof sampleTypes)[number];

/** The grey values in the first two places become the levels in the other two. */
export type IntensityWindow = [from: number, to: number, low: number, high: number];

/** What was learnt from the images of a training; a checkpoint carries it. */
export interface IntensityRuleInput extends Intensity {
  /** The grey value that stands for values which are no numbers (NaN) or infinite. By default an image with any is refused. */
  fill?: number;
  /** The types of the images that it was learnt from. */
  types: SampleType[];
  /** The windows of each type: one for all channels, or one for each. None for types whose values are taken as they are. */
  windows: Partial<Record<SampleType, IntensityWindow[]>>;
  /** How bright the network saw those images: of all channels together, or of each. */
  levels?: IntensityLevels[];
}

/** What was learnt from the images of a training, with all defaults. */
export interface IntensityRule extends IntensityRuleInput {
  /** Percentiles of all images together, or of each image by itself. */
  per: "dataset" | "image";
  /** One window for all channels of an image, which keeps colours, or one for each (stains). */
  channels: "together" | "apart";
}

/** What a user asks for, with all defaults. */
export interface IntensityOptions extends Intensity {
  per: "dataset" | "image";
  channels: "together" | "apart";
}

const shape = {
  mode: z.enum(intensityModes),
  low: finite.optional(),
  high: finite.optional(),
  per: z.enum(["dataset", "image"]).default("dataset"),
  channels: z.enum(["together", "apart"]).default("together"),
};

type Loose = z.output<z.ZodObject<typeof shape>>;

function completed<Options extends Loose>(options: Options, context: z.RefinementCtx): Options {
  const percentile = options.mode === "percentile";
  const { low = percentile ? 0.1 : undefined, high = percentile ? 99.9 : undefined } = options;
  const refuse = (message: string, path: string, input: unknown) =>
    context.addIssue({ code: "custom", message, path: [path], input });
  if (percentile || options.mode === "range") {
    if (low === undefined) refuse(`is needed by the mode ${options.mode}`, "low", low);
    if (high === undefined) refuse(`is needed by the mode ${options.mode}`, "high", high);
    if (low !== undefined && high !== undefined && low >= high) refuse(`must be above low, ${low}`, "high", high);
    if (percentile && low !== undefined && low < 0) refuse("must be a percentage, 0 to 100", "low", low);
    if (percentile && high !== undefined && high > 100) refuse("must be a percentage, 0 to 100", "high", high);
  } else {
    if (low !== undefined) refuse(`has no meaning in the mode ${options.mode}`, "low", low);
    if (high !== undefined) refuse(`has no meaning in the mode ${options.mode}`, "high", high);
  }
  if (!percentile && options.per === "image") refuse(`has no meaning in the mode ${options.mode}`, "per", options.per);
  return { ...options, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

const window = z.tuple([finite, finite, finite, finite]);

const optionsSchema = z.strictObject(shape).transform(completed);

const ruleSchema = z
  .strictObject({
    ...shape,
    fill: finite.optional(),
    types: z.array(z.enum(sampleTypes)),
    windows: z.partialRecord(z.enum(sampleTypes), z.array(window).min(1).max(3)),
    levels: z
      .array(
        z.strictObject({
          percentiles: z.array(finite).length(5),
          noise: finite,
        }),
      )
      .min(1)
      .max(3)
      .optional(),
  })
  .transform(completed);

export const intensitySchema = z.union(
  [ruleSchema, optionsSchema],
  `must be { mode: ${intensityModes.map((mode) => `"${mode}"`).join(" | ")}, … }, or what a model or data set has as \`intensity\``,
);
export { ruleSchema as intensityRuleSchema };
