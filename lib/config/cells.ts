import { z } from "zod";
import { type CrfConfig, type CrfOptions, crfSchema } from "./crf.js";

/** How cells are told apart in a foreground. */
export interface SeparationOptions {
  /**
   * "components": what hangs together, diagonals included, is one cell. "watershed": each pixel belongs to the hill that it leads up to, in the
   * landscape of the distance to the background (px) plus `probabilityWeight` times the probability. Default "watershed".
   */
  method?: "components" | "watershed";
  /** A hill that rises by less than this above the pass to a higher one is part of that one's cell: px, 0 to 1,000,000. Default 1. */
  h?: number;
  /** Px that a probability of 1 adds to the landscape, 0 to 1,000,000; at 0 the shape alone decides. Default 4. */
  probabilityWeight?: number;
  /** Smaller cells are none, and their pixels become background: px of area, 0 to 2,147,483,648. Default 0. */
  minimumSize?: number;
  /**
   * Holes up to this area, which the foreground encloses, become foreground: px, 0 to 2,147,483,648. By default 16 for the watershed, otherwise 0.
   */
  fillHoles?: number;
}

/** How cells are told apart in a foreground, with all defaults. */
export interface Separation extends SeparationOptions {
  method: "components" | "watershed";
  h: number;
  probabilityWeight: number;
  minimumSize: number;
  fillHoles: number;
}

/** From probabilities to cells. */
export interface CellRuleOptions {
  /** A pixel is foreground where its probability is at least this, 0 to 1. Needed. */
  threshold: number;
  /** How touching cells are told apart, and what is too small to be one. Needed. */
  separation: SeparationOptions;
  /** A random field that refines the probabilities first. By default they are taken as they are. */
  crf?: CrfOptions;
}

/** From probabilities to cells, with all defaults. */
export interface CellRule extends CellRuleOptions {
  /** How touching cells are told apart, and what is too small to be one. */
  separation: Separation;
  /** The random field that refines the probabilities first; without it they are taken as they are. */
  crf?: CrfConfig;
}

export const separationSchema = z
  .strictObject({
    method: z.enum(["components", "watershed"]).default("watershed"),
    h: z.number().min(0).max(1e6).default(1),
    probabilityWeight: z.number().min(0).max(1e6).default(4),
    minimumSize: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    fillHoles: z
      .int()
      .min(0)
      .max(2 ** 31)
      .optional(),
  })
  .transform((options) => ({ ...options, fillHoles: options.fillHoles ?? (options.method === "watershed" ? 16 : 0) }));

export const cellRuleSchema = z.strictObject({
  threshold: z.number().min(0).max(1),
  separation: separationSchema,
  crf: crfSchema.optional(),
});

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
export interface WholeRule {
  /** A pixel is foreground where its probability is at least this, 0 to 1. */
  readonly threshold: number;
  /** How touching cells are told apart, and what is too small to be one. */
  readonly separation: Separation;
  /** The random field that refines the probabilities first; null: they are taken as they are. */
  readonly crf: CrfConfig | null;
}

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
