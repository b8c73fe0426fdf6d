import type { ObjectScores } from "../addon/contract.js";
import { checkNetworks, networksOf, type TrainedModel } from "../addon/handles.js";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { type CellRule, plainRule, type Separation, separationSchema } from "../config/cells.js";
import { type CrfConfig, type CrfOptions, crfSchema } from "../config/crf.js";
import { evaluatorOptionsSchema, type PrecisionOptions, testTimeTransformsOf } from "../config/inference.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { parseConfig } from "../config/parse.js";
import { loadInstances, storeView, type TrainableDataset } from "../dataset/types.js";
import { checkOptions } from "../system/arguments.js";
import { checkScorable } from "./scorable.js";

/** A way to tell cells apart, and how well it did. */
export interface TriedRule extends CellRule {
  /** Object F1 at IoU 0.5 over all images. */
  readonly f1: number;
}

export interface ChosenCells {
  /** For `model.useCells`. */
  readonly rule: CellRule;
  /** Object F1 of the rule at IoU 0.5, 0 to 1. */
  readonly f1: number;
  /** The F1 of components at threshold 0.5. */
  readonly plainF1: number;
  /** How many images and true cells it was chosen on. */
  readonly images: number;
  /** Number of true cells. */
  readonly cells: number;
  /** In the order in which they were tried. */
  readonly tried: readonly TriedRule[];
}

export interface ChooseOptions extends PrecisionOptions {
  /** Images at a time, 1 to 4096; images of one size share a batch. Default 8. */
  batch?: number;
  /**
   * The random field before the threshold: its options; "choose": none, or the best of some; false: none. Default: the one that was chosen for
   * the network before, otherwise none.
   */
  crf?: CrfOptions | "choose" | false;
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** After each batch of images. */
  onProgress?: (done: number, total: number) => void;
}

/** px. Of more, evenly spread images are taken: more would take minutes and change the choice by little. */
const mostPixels = 2 ** 24;
/** A rule is not better than one that was tried before unless it gains this: among equals the plainer one stays. */
const gain = 0.002;

const thresholds = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7];
const heights = [0.5, 0.75, 1, 1.5, 2, 3, 4, 6];
const weights = [0, 4, 10];
const holes = [0, 16, 64, 256];
const sizes = [8, 16, 32, 64, 128];

/**
 * Chooses threshold and separation by object F1 on images whose cells are known: first both methods at several thresholds, then the watershed's h
 * and weight of the probability, then the holes and the smallest size, then the threshold once more. Undefined without a true cell. Use other images for scores:
 * those that a rule was chosen on flatter it.
 * @throws DataError on an empty set or an image without a mask; `signal.reason` after an abort.
 */
export async function chooseCells(
  model: TrainedModel,
  dataset: TrainableDataset,
  options: ChooseOptions = {},
): Promise<ChosenCells | undefined> {
  checkNetworks(model);
  checkScorable(dataset);
  checkOptions(options, "options", ["tta", "batch", "precision", "crf", "signal", "onProgress"]);
  const { signal, onProgress = () => undefined, crf: asked, ...rest } = options;
  const { tta, batch, precision } = parseConfig(evaluatorOptionsSchema, rest, "options");
  await dataset[loadInstances]?.(signal);
  const { store, indices } = dataset[storeView];
  const places = indices.filter(everyFew(dataset));
  const fields = fieldsOf(asked, model.cells?.crf);
  let found: ChosenCells | undefined;
  let done = 0;
  for (const crf of fields) {
    const set = call(() => new (native().ProbabilitySet)());
    try {
      const given = { tta: testTimeTransformsOf(tta), batch, precision, crf };
      const tell = (now: number) => onProgress(done + now, fields.length * places.length);
      await settle(() => set.add(networksOf(model), store, places, given, tell), signal, memoryAdvice.evaluate);
      done += places.length;
      const chosen = await searchRule((rules) => settle(() => set.score(rules), signal), places.length);
      if (!chosen) return undefined;
      if (!found || chosen.f1 > found.f1 + gain) found = crf ? { ...chosen, rule: { ...chosen.rule, crf } } : chosen;
    } finally {
      set.close();
    }
  }
  return found;
}

/** From none to a strong one. */
const strengths = [
  { gaussianWeight: 0.5, bilateralWeight: 1 },
  { gaussianWeight: 1, bilateralWeight: 2 },
  { gaussianWeight: 1, bilateralWeight: 4, bilateralWidth: 3 },
] as const;

function fieldsOf(asked: ChooseOptions["crf"], before: CrfConfig | undefined): (CrfConfig | null)[] {
  if (asked === undefined) return [before ?? null];
  if (asked === false) return [null];
  if (asked !== "choose") return [parseConfig(crfSchema, asked, "options.crf")];
  const widths = [10, 30].flatMap((colourWidth) => strengths.map((strength) => ({ ...strength, colourWidth })));
  return [null, ...widths.map((options) => crfSchema.parse(options))];
}

/** Which places of a data set to take. */
function everyFew({ sizes: all }: TrainableDataset): (_: number, place: number) => boolean {
  const pixels = all.reduce((sum, { height, width }) => sum + height * width, 0);
  const step = Math.ceil(pixels / mostPixels);
  return (_, place) => place % step === 0;
}

/** The object scores over a set of images by each rule. */
export type ScoreRules = (rules: readonly CellRule[]) => Promise<readonly ObjectScores[]>;

/** @internal The choice itself, whatever gives the scores. */
export async function searchRule(score: ScoreRules, images: number): Promise<ChosenCells | undefined> {
  const tried: TriedRule[] = [];
  let cells = 0;
  /** The best of these and of `before`. A score that is NaN, without any cell, is the worst. */
  const best = async (rules: readonly CellRule[], before?: TriedRule): Promise<TriedRule> => {
    const scores = await score(rules);
    cells = scores[0]?.truth ?? 0;
    const now = rules.map((rule, i) => ({ ...rule, f1: scores[i]?.f1 || 0 }));
    tried.push(...now);
    const all = before ? [before, ...now] : now;
    const most = Math.max(...all.map(({ f1 }) => f1));
    return all.find(({ f1 }) => f1 >= most - gain) as TriedRule;
  };
  const ruleOf = ({ threshold, separation }: CellRule, part: Partial<Separation> = {}) => ({
    threshold,
    separation: { ...separation, ...part },
  });
  const watershed = separationSchema.parse({ method: "watershed" });
  const plain = await best([plainRule]);
  if (cells === 0) return undefined;
  const methods = [plainRule.separation, watershed];
  let found = await best(thresholds.flatMap((threshold) => methods.map((separation) => ({ threshold, separation }))));
  const { threshold } = found;
  const landscapes = weights.flatMap((probabilityWeight) => heights.map((h) => ({ ...watershed, h, probabilityWeight })));
  found = await best(
    landscapes.map((separation) => ({ threshold, separation })),
    found,
  );
  const refine = (change: (rule: CellRule) => CellRule[]) => best(change(ruleOf(found)), found);
  found = await refine((rule) => holes.map((fillHoles) => ruleOf(rule, { fillHoles })));
  found = await refine((rule) => sizes.map((minimumSize) => ruleOf(rule, { minimumSize })));
  found = await refine((rule) => thresholds.map((other) => ({ ...rule, threshold: other })));
  return { rule: ruleOf(found), f1: found.f1, plainF1: plain.f1, images, cells, tried };
}
