/** Weights of networks and of files. */

export interface StateEntry {
  /** As in smp's state dict. */
  readonly name: string;
  /** Sizes of its dimensions. */
  readonly shape: readonly number[];
  /** What it is stored as. */
  readonly dtype: "F32" | "F16" | "BF16" | "I64";
}

export interface NativeLoadReport {
  /** Entries that got a value. */
  loaded: number;
  /** How the file's names and shapes were adapted, a phrase each. */
  adapted: string[];
  /** Entries of the network that the file lacks; they kept their values. */
  missing: string[];
  /** Entries of the file that the network lacks. */
  unexpected: string[];
  /** Of another shape: "name: file [a, b], network [c, d]"; they kept their values. */
  mismatched: string[];
  /** The nearest name on the other side, for the first missing and unexpected entries that have one. */
  nearest: Record<string, string>;
}

export interface NativeLoadOptions {
  strict: boolean;
  /** "encoder": nothing else is taken from the file. */
  part: "all" | "encoder";
}

export interface NativeSaveOptions {
  /** "network": without the input projection, which is what an smp model has. */
  part: "all" | "network" | "projection";
  format: "safetensors" | "pth";
  /** Of a safetensors file; a .pth has none. */
  metadata: Record<string, string>;
}

export interface NativeWeightsFile {
  format: "safetensors" | "pth";
  /** In a .pth: keys of the dicts around the state dict, outermost first. */
  path: string[];
  entries: Pick<StateEntry, "name" | "shape">[];
}
