import type { NativeSampleStore } from "../addon/contract.js";
import { call } from "../addon/job.js";
import { inOrder } from "../system/concurrency.js";
import type { DatasetLayout, Sample } from "./sample.js";

/** The pixels, shared by all views of a data set and freed with the last of them. */
export class SharedStore {
  views = 0;
  #closed = false;
  /** Which samples have their cells in the store, or will have; by the index in the store. */
  readonly #instances = new Map<number, Promise<void>>();

  constructor(readonly native: NativeSampleStore) {}

  release(): void {
    if (--this.views > 0) return;
    this.#closed = true;
    this.native.close();
  }

  /** Brings into the store which pixel is which cell's, once for each sample; does nothing where the data does not say it. */
  async loadInstances(samples: readonly Sample[], layout: DatasetLayout, signal?: AbortSignal): Promise<void> {
    if (layout.truth !== "labels") return;
    await inOrder(
      samples,
      (sample) => {
        signal?.throwIfAborted();
        const loading = this.#instances.get(sample.index) ?? this.#load(sample, layout);
        this.#instances.set(sample.index, loading);
        return loading;
      },
      () => undefined,
    );
  }

  async #load(sample: Sample, layout: DatasetLayout): Promise<void> {
    try {
      const found = await sample.instances(layout);
      if (found && !this.#closed) call(() => this.native.setInstances(sample.index, found.labels));
    } catch (error) {
      this.#instances.delete(sample.index);
      throw error;
    }
  }
}
