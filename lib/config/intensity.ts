/** How grey values of image files become the 0 to 255 that a network sees. */
import { z } from "zod";

const finite = z.number("must be a number");

export const intensityModes = ["percentile", "range", "type", "none"] as const;

const shape = {
  /**
   * percentile: `low` and `high` are percentages of the values, and what lies between them becomes 0 to 255. range: they are grey values of
   * the files. type: 0 to the largest value of the files' type (1 for floats). none: values are taken as they are, 0 to 255.
   */
  mode: z.enum(intensityModes),
  /** Percentile: 0 to 100, default 0.1. Range: a grey value. */
  low: finite.optional(),
  /** Percentile: 0 to 100, default 99.9. Range: a grey value above `low`. */
  high: finite.optional(),
  /** Percentiles of all images together, or of each image by itself. Default "dataset". */
  per: z.enum(["dataset", "image"]).default("dataset"),
  /** One window for all channels of an image, which keeps colours, or one for each (stains). Default "together". */
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

export const sampleTypes = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"] as const;
export type SampleType = (typeof sampleTypes)[number];

/** The grey values in the first two places become the levels in the other two. */
const window = z.tuple([finite, finite, finite, finite]);

/** What a user asks for. */
const optionsSchema = z.strictObject(shape).transform(completed);

/** What was learnt from the images of a training; a checkpoint carries it. */
const ruleSchema = z
  .strictObject({
    ...shape,
    /** The grey value that stands for values which are no numbers (NaN) or infinite. */
    fill: finite.optional(),
    /** Of the images that it was learnt from. */
    types: z.array(z.enum(sampleTypes)),
    /** The windows of each type: one for all channels, or one for each. None for types whose values are taken as they are. */
    windows: z.partialRecord(z.enum(sampleTypes), z.array(window).min(1).max(3)),
    /** How bright the network saw those images, from 0 to 255: images of other types are mapped to that. */
    levels: z
      .array(
        z.strictObject({
          /** Below them lie 0.1, 95, 99, 99.9 and 99.99 % of the values; single bright pixels do not count. */
          percentiles: z.array(finite).length(5),
          /** Standard deviation of the noise, the median of all images. */
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

export type Intensity = z.input<typeof optionsSchema>;
export type IntensityOptions = z.output<typeof optionsSchema>;
export type IntensityRule = z.output<typeof ruleSchema>;
export type IntensityWindow = z.output<typeof window>;
export type IntensityLevels = NonNullable<IntensityRule["levels"]>[number];
