import type { LossTerms, NativeLossAnswer, NativeLossFunction } from "../addon/contract.js";
import { type AcinusError, TrainingError } from "../errors.js";

/** What a loss function is given: copies, each value of the batch row by row. */
export interface LossRequest {
  /** float32, whatever the precision of the training. All are finite: where one is not, the step is skipped and nobody is asked. */
  readonly logits: Float32Array;
  /** 0 or 1 for each logit: 1 is a cell. */
  readonly target: Float32Array;
  /** [B, 1, H, W] */
  readonly shape: readonly [batch: number, channels: number, height: number, width: number];
  /** From 0. */
  readonly epoch: number;
  /** False for the loss of a validation: its gradient is not looked at and may be missing. */
  readonly training: boolean;
}

/** What a loss function gives. */
export interface LossAnswer {
  /** A value that is not finite skips the step. */
  readonly value: number;
  /** What the value is made of, for events and the log. */
  readonly terms?: LossTerms;
  /** ∂value/∂logits, as long as the logits. Where it is not finite the step is skipped. */
  readonly gradient?: Float32Array;
}

/**
 * A loss of one's own: from the logits of a batch and what is true to a value and its gradient, at once or as a promise. It may use
 * `acinus/functional`. The network that is being trained must not be used in it: training holds it until the answer is there.
 */
export type LossFunction = (request: LossRequest) => LossAnswer | Promise<LossAnswer>;

/** A loss function as native code calls it. */
export class OwnLoss {
  readonly #function: LossFunction;
  #failure: AcinusError | undefined;

  constructor(loss: LossFunction) {
    this.#function = loss;
  }

  /** Checks the answer; an error of the function is kept. */
  readonly answer: NativeLossFunction = async (logits, target, shape, epoch, training) => {
    this.#failure = undefined;
    const length = logits.length; // the function may transfer the array away
    try {
      const request = { logits, target, shape: shape as LossRequest["shape"], epoch, training };
      return checked(await this.#function(request), length, training);
    } catch (error) {
      this.#failure = error instanceof TrainingError && error.code === "ACINUS_LOSS" ? error : failed(error);
      throw this.#failure;
    }
  };

  /** Why the last answer was none. */
  get failure(): AcinusError | undefined {
    return this.#failure;
  }
}

function checked(answer: LossAnswer, length: number, training: boolean): NativeLossAnswer {
  if (typeof answer !== "object" || answer === null) throw wrong("gave", answer, "It must give { value, gradient }.");
  const { value, terms = {}, gradient } = answer;
  if (typeof value !== "number") throw wrong("gave as value", value, "It must be a number.");
  if (typeof terms !== "object" || terms === null) throw wrong("gave as terms", terms, "They must be numbers by name.");
  for (const [name, term] of Object.entries(terms)) {
    if (typeof term !== "number") throw wrong(`gave as term ${JSON.stringify(name)}`, term, "It must be a number.");
  }
  if (!training) return { value, terms, gradient: null };
  if (!(gradient instanceof Float32Array)) throw wrong("gave as gradient", gradient, "It must be a Float32Array.");
  if (gradient.length === length) return { value, terms, gradient };
  throw wrong(
    `gave a gradient of ${gradient.length} values`,
    gradient.length,
    `It must hold ${length}, one for each logit.`,
    "",
  );
}

function wrong(what: string, value: unknown, fix: string, shown = ` ${name(value)}`): TrainingError {
  return new TrainingError("ACINUS_LOSS", `The loss function ${what}${shown}.`, { value, fix });
}

function name(value: unknown): string {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? `a ${value.constructor?.name ?? "object"}` : String(value);
}

function failed(cause: unknown): TrainingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TrainingError("ACINUS_LOSS", `The loss function failed: ${reason.replace(/\.$/, "")}.`, { cause });
}
