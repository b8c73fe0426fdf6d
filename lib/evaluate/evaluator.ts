import { checkModel, segmenterHandle, type TrainedModel } from "../addon/handles.js";
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
import { parseConfig } from "../config/parse.js";
import { assertSameChannels } from "../dataset/channels.js";
import { assertMappedAlike } from "../dataset/intensity/learnt-rule.js";
import { checkTiles } from "../dataset/tiles.js";
import { loadInstances, storeView, type TrainableDataset } from "../dataset/types.js";
import { checkOptions } from "../system/arguments.js";
import { type Evaluation, evaluationOf, type ImageEvaluation } from "./evaluation.js";
import { checkScorable } from "./scorable.js";

export type { Evaluation, ImageEvaluation };

export interface EvaluateCallOptions {
  signal?: AbortSignal;
  /** After each batch of images. */
  onProgress?: (done: number, total: number) => void;
}

/** Scores a model on images with masks. */
export class Evaluator {
  readonly model: TrainedModel;
  /** The options with all defaults. */
  readonly config: EvaluatorConfig;

  /** @throws ConfigError ACINUS_CONFIG on unknown or impossible options. */
  constructor(model: TrainedModel, options: EvaluatorOptions = {}) {
    checkModel(model);
    this.model = model;
    this.config = withRule(parseConfig(evaluatorOptionsSchema, options, "evaluator"), model.cells);
  }

  /** @throws DataError on an empty set or an image without a mask; `signal.reason` after an abort. */
  async evaluate(dataset: TrainableDataset, options: EvaluateCallOptions = {}): Promise<Evaluation> {
    checkScorable(dataset);
    checkOptions(options, "options", ["signal", "onProgress"]);
    assertSameChannels(dataset, this.model.channels, { what: "the training", script: "model.channels" });
    assertMappedAlike(dataset, this.model.intensity, { what: "the training", script: "model.intensity" });
    const { signal, onProgress = () => undefined } = options;
    const { tta, threshold, separation, crf, batch, tile, overlap, precision, bootstrapRounds, emptyPolicy, seed } =
      this.config;
    for (const [at, size] of dataset.sizes.entries()) checkTiles(size, this.config, dataset.files[at]?.image ?? "an image");
    await dataset[loadInstances]?.(signal);
    const { store, indices } = dataset[storeView];
    const nativeOptions = {
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
      () => native().evaluate(this.model[segmenterHandle], store, indices, nativeOptions, onProgress),
      signal,
    );
    const { worst } = this.config;
    return evaluationOf(scores, dataset, { emptyPolicy, tta, separation, crf, precision, worst });
  }
}
