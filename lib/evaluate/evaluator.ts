import { checkNetworks, networksOf, type TrainedModel } from "../addon/handles.js";
import { settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { withRule } from "../config/cells.js";
import {
  type EvaluatorConfig,
  type EvaluatorOptions,
  emptyScoreOf,
  evaluatorOptionsSchema,
  testTimeTransformsOf,
} from "../config/inference.js";
import { memoryAdvice } from "../config/memory-advice.js";
import { parseConfig } from "../config/parse.js";
import { assertSameChannels } from "../dataset/channels.js";
import { assertMappedAlike } from "../dataset/intensity/learnt-rule.js";
import { describeScale, scaleTo } from "../dataset/pixel-size.js";
import { checkTiles, scaled } from "../dataset/tiles.js";
import { loadInstances, storeView, type TrainableDataset } from "../dataset/types.js";
import { checkOptions } from "../system/arguments.js";
import { type Evaluation, evaluationOf, type ImageEvaluation } from "./evaluation.js";
import { checkScorable } from "./scorable.js";

export type { Evaluation, ImageEvaluation };

export interface EvaluateCallOptions {
  /** An abort ends the call, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Is told, once, how images of another pixel size than the training's are seen. */
  onNote?: (sentence: string) => void;
  /** After each batch of images. */
  onProgress?: (done: number, total: number) => void;
}

/** Scores a model, or an `Ensemble`, on images with masks. */
export class Evaluator {
  /** What is scored. */
  readonly model: TrainedModel;
  /** The options with all defaults. */
  readonly config: EvaluatorConfig;

  /** @throws ConfigError ACINUS_CONFIG on unknown or impossible options. */
  constructor(model: TrainedModel, options: EvaluatorOptions = {}) {
    checkNetworks(model);
    this.model = model;
    this.config = withRule(parseConfig(evaluatorOptionsSchema, options, "evaluator"), model.cells);
  }

  /** @throws DataError on an empty set or an image without a mask; `signal.reason` after an abort. */
  async evaluate(dataset: TrainableDataset, options: EvaluateCallOptions = {}): Promise<Evaluation> {
    checkScorable(dataset);
    checkOptions(options, "options", ["signal", "onProgress", "onNote"]);
    assertSameChannels(dataset, this.model.channels, { what: "the training", script: "model.channels" });
    assertMappedAlike(dataset, this.model.intensity, { what: "the training", script: "model.intensity" });
    const { signal, onProgress = () => undefined } = options;
    const { tta, threshold, separation, crf, batch, tile, overlap, precision, bootstrapRounds, emptyPolicy, seed } =
      this.config;
    const scales = this.#scales(dataset, options.onNote);
    const nameOf = (at: number) => dataset.files[at]?.image ?? "an image";
    for (const [at, size] of dataset.sizes.entries()) checkTiles(scaled(size, scales[at] ?? 1), this.config, nameOf(at));
    await dataset[loadInstances]?.(signal);
    const { store, indices } = dataset[storeView];
    const nativeOptions = {
      scales: scales.some((scale) => scale !== 1) ? scales : new Float64Array(),
      tta: testTimeTransformsOf(tta),
      threshold,
      separation,
      crf,
      batch,
      tile,
      overlap,
      precision,
      bootstrapRounds,
      emptyScore: emptyScoreOf(emptyPolicy),
      seed,
    };
    const scores = await settle(
      () => native().evaluate(networksOf(this.model), store, indices, nativeOptions, onProgress),
      signal,
      memoryAdvice.evaluate,
    );
    const { worst } = this.config;
    return evaluationOf(scores, dataset, { emptyPolicy, tta, separation, crf, precision, worst });
  }

  /** What each image is enlarged by, so that its pixels become as large as the training's. */
  #scales({ length, pixelSizes, files }: TrainableDataset, onNote: (sentence: string) => void = () => undefined): Float64Array {
    const { pixelSize } = this.model;
    const notes = new Set<string>();
    const scales = Float64Array.from({ length }, (_, at) => {
      const own = pixelSizes?.[at];
      const scale = this.config.rescale ? scaleTo(pixelSize, own, files[at]?.image ?? "an image") : 1;
      if (scale !== 1) notes.add(describeScale(pixelSize as number, own as number));
      return scale;
    });
    for (const note of notes) onNote(note);
    return scales;
  }
}
