/** Checks and completes options of evaluations and predictions; inference-options.ts says what each means. */
import { z } from "zod";
import { cellRuleSchema, separationSchema } from "./cells.js";
import { crfSchema } from "./crf.js";
import type { EmptyPolicy } from "./inference-options.js";
import { defaultTestTimeTransforms, type TestTimeTransformName, testTimeTransformNames } from "./transforms.js";

export type * from "./inference-options.js";
export * from "./transforms.js";

const tta = z
  .union(
    [
      z.boolean(),
      z
        .array(z.enum(testTimeTransformNames))
        .min(1, "must name a transform; false is for none")
        .refine((names) => new Set(names).size === names.length, "must name each transform once"),
    ],
    `must be true, false or a list of ${testTimeTransformNames.join(", ")}`,
  )
  .default(false);

/** Which transforms an option `tta` asks for. */
export function testTimeTransformsOf(option: z.output<typeof tta>): readonly TestTimeTransformName[] {
  return typeof option === "boolean" ? (option ? defaultTestTimeTransforms : []) : option;
}

const precision = z.enum(["fp32", "bf16", "fp16"]).default("fp32");

const rule = {
  threshold: cellRuleSchema.shape.threshold.optional(),
  separation: separationSchema.optional(),
  crf: z.union([z.boolean(), crfSchema], "must be true, false or options of the random field").optional(),
};

const emptyPolicy = z.literal([1, 0, "undefined"]).default(1);

/** As the addon takes it. */
export function emptyScoreOf(policy: EmptyPolicy): number {
  return policy === "undefined" ? Number.NaN : policy;
}

/** Of the metrics of one prediction. */
export const metricsOptionsSchema = z.strictObject({
  emptyPolicy,
  predictedCells: z.instanceof(Int32Array).optional(),
  trueCells: z.instanceof(Int32Array).optional(),
  ignored: z.instanceof(Uint8Array).optional(),
});

const rescale = z.boolean().default(true);

const tiling = {
  tile: z
    .int()
    .refine((tile) => tile === 0 || tile >= 32, "must be 0 (whole image) or at least 32")
    .default(1024),
  overlap: z.int().min(0).optional(),
};

const tileAboveOverlap = {
  path: ["overlap"],
  message: "must be smaller than the tile",
};

interface Tiling {
  tile: number;
  overlap?: number | undefined;
}

const isTiling = ({ tile, overlap }: Tiling) => tile === 0 || overlap === undefined || overlap < tile;
const withOverlap = <T extends Tiling>(options: T) => ({
  ...options,
  overlap: options.overlap ?? Math.floor(options.tile / 8),
});

export const evaluatorOptionsSchema = z
  .strictObject({
    tta,
    ...rule,
    rescale,
    batch: z.int().min(1).max(4096).default(8),
    precision,
    emptyPolicy,
    bootstrapRounds: z.int().min(0).max(1_000_000).default(1000),
    seed: z.int().min(0).default(0),
    worst: z.int().min(0).default(10),
    ...tiling,
  })
  .refine(isTiling, tileAboveOverlap)
  .transform(withOverlap);

export const predictorOptionsSchema = z
  .strictObject({
    tta,
    rescale,
    ...rule,
    ...tiling,
    emptyContrast: z.number().min(0).max(255).default(0),
    batch: z.int().min(1).max(4096).default(4),
    precision,
  })
  .refine(isTiling, tileAboveOverlap)
  .transform(withOverlap);
