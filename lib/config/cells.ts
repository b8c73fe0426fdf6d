import { z } from "zod";
import { type CrfConfig, crfSchema } from "./crf.js";

/** How cells are told apart in a foreground. */
export const separationSchema = z
  .strictObject({
    /**
     * components: what hangs together, diagonals included, is one cell. watershed: each pixel belongs to the hill that it leads up to, in the
     * landscape of the distance to the background (px) plus `probabilityWeight` times the probability.
     */
    method: z.enum(["components", "watershed"]).default("watershed"),
    /** px. A hill that rises by less than this above the pass to a higher one is part of that one's cell. */
    h: z.number().min(0).max(1e6).default(1),
    /** px that a probability of 1 adds to the landscape; 0: the shape alone decides. */
    probabilityWeight: z.number().min(0).max(1e6).default(4),
    /** px. Smaller cells are none: their pixels become background. */
    minimumSize: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    /** px. Holes up to this area, which the foreground encloses, become foreground. Default: 16 for the watershed, otherwise 0. */
    fillHoles: z
      .int()
      .min(0)
      .max(2 ** 31)
      .optional(),
  })
  .transform((options) => ({ ...options, fillHoles: options.fillHoles ?? (options.method === "watershed" ? 16 : 0) }));

export type SeparationOptions = z.input<typeof separationSchema>;
export type Separation = z.output<typeof separationSchema>;

/** From probabilities to cells. */
export const cellRuleSchema = z.strictObject({
  /** A pixel is foreground where its probability is at least this. */
  threshold: z.number().min(0).max(1),
  separation: separationSchema,
  /** Refines the probabilities first; undefined: they are taken as they are. */
  crf: crfSchema.optional(),
});

export type CellRuleOptions = z.input<typeof cellRuleSchema>;
export type CellRule = z.output<typeof cellRuleSchema>;

/** What networks use for which nothing was chosen: components of what is more likely a cell than not. */
export const plainRule: CellRule = {
  threshold: 0.5,
  separation: separationSchema.parse({ method: "components" }),
};

interface RuleOptions {
  threshold?: number | undefined;
  separation?: Separation | undefined;
  crf?: boolean | CrfConfig | undefined;
}

/** A rule whose random field is there, or null. */
export type WholeRule = Omit<CellRule, "crf"> & { readonly crf: CrfConfig | null };

/** Options with a rule: what they say, otherwise what was chosen for the network, otherwise the plain one. */
export function withRule<Options extends RuleOptions>(
  options: Options,
  chosen: CellRule = plainRule,
): Omit<Options, keyof CellRule> & WholeRule {
  const { threshold = chosen.threshold, separation = chosen.separation, crf } = options;
  return { ...options, threshold, separation, crf: crfOf(crf, chosen.crf) };
}

/** True: the network's own, or the defaults. Undefined: the network's own, or none. */
export function crfOf(asked: boolean | CrfConfig | undefined, chosen: CrfConfig | undefined): CrfConfig | null {
  if (asked === undefined) return chosen ?? null;
  if (typeof asked !== "boolean") return asked;
  return asked ? (chosen ?? crfSchema.parse({})) : null;
}
