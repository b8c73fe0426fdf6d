import { visible, visibleText } from "./system/visible.js";

/**
 * Every error acinus throws on purpose. `code` is stable; `message` is a sentence that names the file, the value and the remedy.
 * Codes are listed in `ErrorCode`, one line each.
 */
export type ErrorCode =
  // data
  | "ACINUS_NO_PAIRS" // no images/ + masks/ pairs found in a folder
  | "ACINUS_MISSING_MASK" // an image without a mask
  | "ACINUS_MISSING_IMAGE" // a mask without an image
  | "ACINUS_SIZE_MISMATCH" // an image and its mask differ in size
  | "ACINUS_MASK_VALUES" // a mask holds values other than {0,1} or {0,255}
  | "ACINUS_UNREADABLE_IMAGE" // unreadable, truncated or unsupported image file
  | "ACINUS_EMPTY_SET" // a training, validation or evaluation set without images
  | "ACINUS_IMAGE_TOO_SMALL" // an image too small for the network
  | "ACINUS_MIXED_SIZES" // images of different sizes in one batch
  | "ACINUS_LEAK" // the same image in training and validation
  | "ACINUS_DATA_CHANGED" // a run would go on with other images or masks
  | "ACINUS_FILE_NOT_FOUND"
  // configuration and use
  | "ACINUS_CONFIG" // unknown key or a value out of range
  | "ACINUS_INVALID_ARGUMENT"
  | "ACINUS_CLOSED" // use after close()
  | "ACINUS_DEVICE" // CUDA asked for and absent
  | "ACINUS_ABORTED"
  // run folders and weights
  | "ACINUS_RUN_EXISTS" // the run folder already holds a run
  | "ACINUS_RUN_LOCKED" // another training is writing into the run folder
  | "ACINUS_FILE_EXISTS" // a file of the user's is where a result would go
  | "ACINUS_NOT_A_RUN" // a folder without config.json and checkpoints
  | "ACINUS_CHECKPOINT" // unreadable or truncated checkpoint
  | "ACINUS_WEIGHTS_MISMATCH" // weights that do not fit the network
  | "ACINUS_DOWNLOAD" // a file of the hub that cannot be fetched
  | "ACINUS_WRITE_FAILED" // disk full, no permission
  // training
  | "ACINUS_NOT_FINITE" // too many skipped steps in a row
  | "ACINUS_LOSS" // a loss function of the caller's that failed
  | "ACINUS_TRANSFORM" // a function of the caller's that changes pixels, and failed
  | "ACINUS_SAMPLER" // a sampler of the caller's that failed
  | "ACINUS_OUT_OF_MEMORY"
  | "ACINUS_NOT_ENOUGH_MEMORY" // found before the first step
  // installation
  | "ACINUS_NO_LIBTORCH"
  | "ACINUS_WRONG_LIBTORCH"
  | "ACINUS_NO_ADDON"
  | "ACINUS_SETUP"
  | "ACINUS_KERNELS" // a CPU kernel that is wrong on this machine
  | "ACINUS_NATIVE";

/** What an error is about, for programs: the file, the offending value and the remedy, where there is one. */
export interface ErrorDetails {
  file?: string;
  value?: unknown;
  fix?: string;
  cause?: unknown;
  /** All problems found, where several were (the message shows the first few). */
  problems?: readonly AcinusError[];
}

/** Base of all errors of acinus. */
export class AcinusError extends Error {
  /** Which error it is, for programs. */
  readonly code: ErrorCode;
  // Declared alone: a field that is there and undefined would be printed.
  /** The file at fault. */
  declare readonly file?: string;
  /** The value at fault. */
  declare readonly value?: unknown;
  /** What to do, a sentence; it stands at the end of the message too. */
  declare readonly fix?: string;
  /** All problems found, where several were. */
  declare readonly problems?: readonly AcinusError[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { fix, cause } = details;
    const whole = fix ? `${message}${message.endsWith("\n") ? "" : " "}${fix}` : message;
    super(printable(whole, details), cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.code = code;
    if (details.file !== undefined) this.file = details.file;
    if (details.value !== undefined) this.value = details.value;
    if (details.fix !== undefined) this.fix = details.fix;
    if (details.problems !== undefined) this.problems = details.problems;
  }
}

/** A message may hold names with control characters; `file` keeps the name as it is. */
function printable(message: string, { file, value }: ErrorDetails): string {
  let text = message;
  for (const name of [file, value]) {
    if (typeof name === "string" && name.includes("\n")) text = text.replaceAll(name, visible(name));
  }
  return visibleText(text);
}

/** Something is wrong with images or masks. */
export class DataError extends AcinusError {}
/** A mask holds values other than {0,1} or {0,255}. */
export class MaskValueError extends DataError {}
/** An option is unknown, of the wrong type or out of range. */
export class ConfigError extends AcinusError {}
/** LibTorch or the addon is missing or does not fit. */
export class InstallationError extends AcinusError {}
/** Weights or a checkpoint cannot be read or do not fit. */
export class CheckpointError extends AcinusError {}
/** Training cannot go on. */
export class TrainingError extends AcinusError {}

const classOf: Partial<Record<ErrorCode, typeof AcinusError>> = {
  ACINUS_CHECKPOINT: CheckpointError,
  ACINUS_WEIGHTS_MISMATCH: CheckpointError,
  ACINUS_NOT_FINITE: TrainingError,
  ACINUS_LOSS: TrainingError,
  ACINUS_TRANSFORM: TrainingError,
  ACINUS_SAMPLER: TrainingError,
  ACINUS_OUT_OF_MEMORY: TrainingError,
  ACINUS_NOT_ENOUGH_MEMORY: TrainingError,
  ACINUS_CONFIG: ConfigError,
  ACINUS_MIXED_SIZES: DataError,
};

/** Turns an error of the addon (an Error with a `code` and, where they are known, `file` and `value`) into an AcinusError that carries the JavaScript stack of its caller. */
export function fromNative(error: unknown, outOfMemory?: string): unknown {
  if (error instanceof AcinusError || !(error instanceof Error)) return error;
  const { code, file, value } = error as { code?: unknown; file?: string; value?: unknown };
  if (typeof code !== "string" || !code.startsWith("ACINUS_")) return error;
  const Class = classOf[code as ErrorCode] ?? AcinusError;
  const fix = code === "ACINUS_OUT_OF_MEMORY" ? outOfMemory : undefined;
  return new Class(code as ErrorCode, error.message, { file, value, fix, cause: error });
}
