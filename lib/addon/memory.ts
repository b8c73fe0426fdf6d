import { native } from "./load.js";

/** Of tensors on the CPU, bytes: what live ones take, the most they ever took, and what freed ones left for reuse. */
export function memoryUsage(): { current: number; peak: number; cached: number } {
  return native().memory();
}

/** Gives the memory that freed tensors left for reuse back to the system: after a training, before other work that needs much. */
export function releaseMemory(): void {
  native().releaseMemory();
}
