import { z } from "zod";
import { type CellRule, cellRuleSchema, separationSchema, type WholeRule } from "./cells.js";
import { crfSchema } from "./crf.js";

/** The dihedral group: every flip and turn that maps pixels onto pixels. Rotations are counter-clockwise; transverse is the anti-transpose. */
export const testTimeTransformNames = [
  "identity",
  "hflip",
  "vflip",
  "rot90",
  "rot180",
  "rot270",
  "transpose",
  "transverse",
] as const;

export type TestTimeTransformName = (typeof testTimeTransformNames)[number];

/** What `tta: true` means: all but the anti-transpose. */
export const defaultTestTimeTransforms: readonly TestTimeTransformName[] = testTimeTransformNames.slice(0, 7);

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

/** All default to what was chosen for the network (`model.cells`), otherwise to 0.5, components and no field. */
const rule = {
  /** A pixel is a cell where its probability is at least this. */
  threshold: cellRuleSchema.shape.threshold.optional(),
  /** How touching cells are told apart, and what is too small to be one. */
  separation: separationSchema.optional(),
  /**
   * A conditional random field over the image's pixels that refines the probabilities: its options; true: those of the network, or the
   * defaults; false: none. Not for images in strips.
   */
  crf: z.union([z.boolean(), crfSchema], "must be true, false or options of the random field").optional(),
};

const emptyPolicy = z.literal([1, 0, "undefined"]).default(1);

/** What an empty prediction on an empty truth scores in Dice, IoU, precision and recall; "undefined" is counted and left out of means. */
export type EmptyPolicy = z.output<typeof emptyPolicy>;

/** As the addon takes it. */
export function emptyScoreOf(policy: EmptyPolicy): number {
  return policy === "undefined" ? Number.NaN : policy;
}

/** Of the metrics of one prediction. */
export const metricsOptionsSchema = z.strictObject({
  emptyPolicy,
  /** H·W labels, 0 for background. */
  predictedCells: z.instanceof(Int32Array).optional(),
  trueCells: z.instanceof(Int32Array).optional(),
  /** H·W, not 0 where a pixel counts in no score. */
  ignored: z.instanceof(Uint8Array).optional(),
});

/** Of evaluations and predictions. */
const rescale = z.boolean().default(true);

const tiling = {
  /** Side of a tile in pixels; 0 takes every image whole, however large. An image that fits in a tile is taken whole. */
  tile: z
    .int()
    .refine((tile) => tile === 0 || tile >= 32, "must be 0 (whole image) or at least 32")
    .default(1024),
  /** Pixels that neighbouring tiles share at least; default an eighth of the tile. */
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

/** Options of `Evaluator`. */
export const evaluatorOptionsSchema = z
  .strictObject({
    /** Average the probabilities over flips and rotations: true over seven of the eight, or those named. As many times the work. */
    tta,
    ...rule,
    /**
     * Show images to the network at the pixel size of its training images, where both are known and differ by more than 5 %. Cells and sizes in px
     * (minimum size, holes) are then of that scale; results are on the image's own pixels.
     */
    rescale,
    /** Images at a time; images of one size share a batch. A CPU takes fewer where these keep its threads busy. */
    batch: z.int().min(1).max(4096).default(8),
    /** bf16 and fp16 run the network in mixed precision; fp16 is meant for a GPU: on a CPU it is correct and slow. */
    precision,
    /** What an empty prediction on an empty truth scores; "undefined" is counted and left out of means. */
    emptyPolicy,
    /** Resampled sets behind each 95 % interval; 0 leaves the intervals out. */
    bootstrapRounds: z.int().min(0).max(1_000_000).default(1000),
    /** Of the bootstrap. */
    seed: z.int().min(0).default(0),
    /** How many of the worst images to list. */
    worst: z.int().min(0).default(10),
    ...tiling,
  })
  .refine(isTiling, tileAboveOverlap)
  .transform(withOverlap);

/** Options of `Predictor`. */
export const predictorOptionsSchema = z
  .strictObject({
    tta,
    /**
     * Show images to the network at the pixel size of its training images, where both are known and differ by more than 5 %. Cells and sizes in px
     * (minimum size, holes) are then of that scale; results are on the image's own pixels.
     */
    rescale,
    ...rule,
    ...tiling,
    /**
     * Tiles with less contrast than this are not predicted: no cell is found there. The contrast of a tile, in grey levels of 255, is by how much
     * the means of its blocks of 8×8 px differ, in the channel where they differ most. 0 predicts every tile; 10 leaves out empty glass.
     */
    emptyContrast: z.number().min(0).max(255).default(0),
    /** Tiles at a time. A CPU takes fewer where these keep its threads busy. */
    batch: z.int().min(1).max(4096).default(4),
    precision,
  })
  .refine(isTiling, tileAboveOverlap)
  .transform(withOverlap);

/** What remains when the rule is filled in. */
type WithRule<Options> = Omit<Options, keyof CellRule> & WholeRule;

export type EvaluatorOptions = z.input<typeof evaluatorOptionsSchema>;
export type EvaluatorConfig = WithRule<z.output<typeof evaluatorOptionsSchema>>;
export type PredictorOptions = z.input<typeof predictorOptionsSchema>;
export type PredictorConfig = WithRule<z.output<typeof predictorOptionsSchema>>;
