import { native } from "./load.js";

/** Bytes of tensors on the CPU: of live tensors now, of live tensors at their peak, and of freed memory that is kept for reuse. */
export function memoryUsage(): { current: number; peak: number; cached: number } {
  return native().memory();
}

/** Returns memory that is kept for reuse to the system, for example after a training and before other work that needs much. */
export function releaseMemory(): void {
  native().releaseMemory();
}
