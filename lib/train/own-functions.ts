/** Functions of a script in place of what training does by itself, as native code calls them. */
import type { NativeOwnFunctions, NativeTransformFunction } from "../addon/contract.js";
import type { TrainableSampler } from "../dataset/types.js";
import { AcinusError, TrainingError } from "../errors.js";
import { indicesOf } from "../system/arguments.js";
import type { LossFunction } from "./own-loss.js";
import { OwnLoss } from "./own-loss.js";
import { Sampler } from "./sampler.js";

/** What a function that transforms pixels is given: copies. */
export interface TransformRequest {
  /** Interleaved RGB bytes of the batch, B·H·W·3: crops where the training crops, before any augmentation. */
  readonly pixels: Uint8Array;
  /** B·H·W: 0 background, 1 cell, 2 a pixel that is ignored. */
  readonly masks: Uint8Array;
  /** [B, H, W] */
  readonly shape: readonly [batch: number, height: number, width: number];
  /** From 0. */
  readonly epoch: number;
  /**
   * A number for each image, to draw random changes from: the image's index in the train set, plus the size of the set for every time that it was
   * drawn before in this epoch. Changes drawn from (seed, epoch, sample) are the same after a resume.
   */
  readonly samples: readonly number[];
}

/** What it gives: as many values, its own or those that it was given. */
export interface TransformAnswer {
  /** B·H·W·3 bytes, as they came. */
  readonly pixels: Uint8Array;
  /** B·H·W bytes, as they came. */
  readonly masks: Uint8Array;
}

/**
 * Augmentation of one's own: changes the pixels and masks of a batch before the built-in augmentation, or in place of it with
 * `augment: { enabled: false }`. At once or as a promise.
 */
export type TransformFunction = (request: TransformRequest) => TransformAnswer | Promise<TransformAnswer>;

/** Whether `draw` is one's own: then `fit` asks it, and otherwise draws the same natively. */
export function drawsItself(sampler: TrainableSampler | undefined): sampler is TrainableSampler {
  return sampler !== undefined && sampler.draw !== Sampler.prototype.draw;
}

/** The functions of a trainer; an error of one of them is kept for `within`. */
export class OwnFunctions {
  readonly #loss: OwnLoss | undefined;
  readonly #native: NativeOwnFunctions;
  #failure: unknown;

  constructor(loss: LossFunction | undefined, sampler: TrainableSampler | undefined, transform: TransformFunction | undefined) {
    this.#loss = loss && new OwnLoss(loss);
    this.#native = {
      loss: this.#loss?.answer ?? null,
      order: drawsItself(sampler) ? (epoch) => this.#kept(async () => orderOf(sampler, epoch), "The sampler") : null,
      transform: transform
        ? (...request) => this.#kept(() => transformed(transform, request), "The function that transforms pixels")
        : null,
    };
  }

  /** Whether a function changes the pixels of batches. */
  get transforms(): boolean {
    return this.#native.transform !== null;
  }

  /** Does work that may call them; in place of what native code says of one that failed it throws the failure with its cause. */
  async within<T>(work: (own: NativeOwnFunctions) => Promise<T>): Promise<T> {
    this.#failure = undefined;
    try {
      return await work(this.#native);
    } catch (error) {
      if (!(error instanceof AcinusError)) throw error;
      if (error.code === "ACINUS_LOSS") throw this.#loss?.failure ?? error;
      if (error.code === "ACINUS_SAMPLER" || error.code === "ACINUS_TRANSFORM") throw this.#failure ?? error;
      throw error;
    }
  }

  async #kept<T>(work: () => Promise<T>, what: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = what === "The sampler" ? "ACINUS_SAMPLER" : "ACINUS_TRANSFORM";
      const reason = error instanceof Error ? error.message : String(error);
      const own = error instanceof TrainingError && error.code === code;
      this.#failure = own ? error : new TrainingError(code, `${what} failed: ${reason.replace(/\.$/, "")}.`, { cause: error });
      throw this.#failure;
    }
  }
}

async function orderOf(sampler: TrainableSampler, epoch: number): Promise<Int32Array> {
  return Int32Array.from(indicesOf(await sampler.draw(epoch), `what the sampler draws for epoch ${epoch}`));
}

async function transformed(
  transform: TransformFunction,
  [pixels, masks, shape, epoch, samples]: Parameters<NativeTransformFunction>,
): Promise<TransformAnswer> {
  const lengths = { pixels: pixels.length, masks: masks.length }; // the function may transfer the arrays away
  const answer = await transform({ pixels, masks, shape: shape as TransformRequest["shape"], epoch, samples });
  for (const [name, length] of Object.entries(lengths)) {
    const given = (answer as unknown as Partial<Record<string, unknown>> | undefined)?.[name];
    if (given instanceof Uint8Array && given.length === length) continue;
    const found = given instanceof Uint8Array ? `${given.length} values` : "no Uint8Array";
    throw new TrainingError("ACINUS_TRANSFORM", `The function that transforms pixels gave ${found} as ${name}.`, {
      value: given instanceof Uint8Array ? given.length : given,
      fix: `It must give { pixels, masks }; ${name} holds ${length} bytes.`,
    });
  }
  return answer;
}
