/** One look at every validation image: its scores, and what became of each of its cells. */
import { cellMapHandle } from "../addon/handles.js";
import { call, settle } from "../addon/job.js";
import { native } from "../addon/load.js";
import { emptyScoreOf } from "../config/inference.js";
import { assertSameChannels } from "../dataset/channels.js";
import type { Dataset } from "../dataset/dataset.js";
import { assertMappedAlike } from "../dataset/intensity/learnt-rule.js";
import { loadInstances, readPixels, storeView } from "../dataset/types.js";
import { type Evaluation, evaluationOf } from "../evaluate/evaluation.js";
import type { Evaluator } from "../evaluate/evaluator.js";
import { checkScorable } from "../evaluate/scorable.js";
import type { Prediction } from "../predict/prediction.js";
import { Predictor } from "../predict/predictor.js";
import { type JudgedCell, judgedCells } from "./judged-cells.js";

/** An image with what was found in it. */
export interface SeenImage {
  readonly index: number;
  readonly name: string;
  readonly height: number;
  readonly width: number;
  /** RGB bytes. */
  readonly rgb: Uint8Array;
  /** One byte a pixel: 1 in true cells, 2 where the truth says nothing. */
  readonly truth: Uint8Array;
  readonly prediction: Prediction;
  /** One number a pixel, which tells true cells apart; null where the data does not. */
  trueLabels(): Promise<Int32Array | null>;
}

export type JudgedImage = SeenImage & { readonly cells: readonly JudgedCell[] };

export interface ExamineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Predicts single images of a data set as an evaluator would. */
export class Examiner {
  readonly #evaluator: Evaluator;
  readonly #dataset: Dataset;
  readonly #predictor: Predictor;

  constructor(evaluator: Evaluator, dataset: Dataset) {
    checkScorable(dataset);
    const { tta, threshold, separation, crf, tile, overlap, precision, rescale } = evaluator.config;
    this.#evaluator = evaluator;
    this.#dataset = dataset;
    this.#predictor = new Predictor(evaluator.model, {
      ...{ tta, threshold, separation, crf: crf ?? false, tile, overlap, precision, rescale },
    });
  }

  async see(index: number, signal?: AbortSignal): Promise<SeenImage> {
    const dataset = this.#dataset;
    const { image, mask } = await dataset[readPixels](index);
    const { data: rgb, height, width } = image;
    const pixelSize = dataset.pixelSizes?.[index];
    const prediction = await this.#predictor.predict({ data: rgb, height, width }, { signal, pixelSize });
    const trueLabels = async () => (await dataset.at(index).instances())?.labels ?? null;
    return {
      index,
      name: dataset.files[index]?.image ?? "",
      height,
      width,
      rgb,
      truth: mask as Uint8Array,
      prediction,
      trueLabels,
    }; // a set that can be scored has masks
  }

  /** As `Evaluator.evaluate` scores the set, and `visit` is called for each image in turn. Errors are the same. */
  async evaluate(
    visit: (image: JudgedImage) => Promise<void>,
    { signal, onProgress }: ExamineOptions = {},
  ): Promise<Evaluation> {
    const [dataset, evaluator] = [this.#dataset, this.#evaluator];
    assertSameChannels(dataset, evaluator.model.channels, { what: "the training", script: "model.channels" });
    assertMappedAlike(dataset, evaluator.model.intensity, { what: "the training", script: "model.intensity" });
    const { tta, threshold, separation, crf, precision, bootstrapRounds, emptyPolicy, seed, worst } = evaluator.config;
    const emptyScore = emptyScoreOf(emptyPolicy);
    await dataset[loadInstances](signal);
    const { store, indices } = dataset[storeView];
    const scorer = call(() => new (native().Scorer)());
    for (let index = 0; index < dataset.length; index++) {
      const seen = await this.see(index, signal);
      const map = seen.prediction[cellMapHandle];
      const scored = await settle(() => scorer.addFound(store, indices[index] as number, map, emptyScore), signal);
      await visit({ ...seen, cells: judgedCells(scored, seen.prediction.instances) });
      onProgress?.(index + 1, dataset.length);
    }
    const scores = await settle(() => scorer.summary({ threshold, emptyScore, bootstrapRounds, seed }), signal);
    return evaluationOf(scores, dataset, { emptyPolicy, tta, separation, crf, precision, worst });
  }
}
