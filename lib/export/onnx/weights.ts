import type { StateEntry } from "../../addon/contract.js";
import { CheckpointError } from "../../errors.js";

/**
 * The weights of a network, checked against a description of that network: the description must use every entry once with the right shape, or
 * name it as unused.
 */
export class Weights {
  readonly #shapes: Map<string, readonly number[]>;
  readonly #left: Set<string>;

  constructor(
    entries: readonly StateEntry[],
    readonly read: (name: string) => Float32Array,
  ) {
    this.#shapes = new Map(entries.map(({ name, shape }) => [name, shape]));
    this.#left = new Set(this.#shapes.keys());
  }

  /** Of an entry; empty where there is none. */
  shape(name: string): readonly number[] {
    return this.#shapes.get(name) ?? [];
  }

  /** Marks an entry as used. @throws CheckpointError ACINUS_WEIGHTS_MISMATCH when there is none of this name and shape. */
  take(name: string, shape: readonly number[]): void {
    const found = this.#shapes.get(name);
    if (String(found) !== String(shape) || !this.#left.delete(name)) {
      const has = found ? `[${found}]${this.#left.has(name) ? "" : ", used already"}` : "absent";
      throw mismatch(`The exported network needs ${name} of shape [${shape}]; in the model it is ${has}.`, name);
    }
  }

  /** The entries from here on are part of the model, but no logit depends on them. */
  skip(unused: (name: string) => boolean): void {
    for (const name of this.#left) if (unused(name)) this.#left.delete(name);
  }

  /** @throws CheckpointError ACINUS_WEIGHTS_MISMATCH when an entry was neither used nor skipped. */
  assertAllUsed(): void {
    const [first] = this.#left;
    if (first === undefined) return;
    throw mismatch(
      `${this.#left.size} entries of the model have no place in the exported network, ${first} among them.`,
      first,
    );
  }
}

function mismatch(message: string, value: string): CheckpointError {
  return new CheckpointError("ACINUS_WEIGHTS_MISMATCH", message, { value });
}
