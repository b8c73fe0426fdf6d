import { TrainingError } from "../errors.js";
import { memoryLeftByUlimit, memoryLeftInGroups } from "../system/control-groups.js";
import { gigabytes } from "../system/memory.js";

/**
 * What LibTorch and the smallest training take, bytes. Below it the process would end in an abort or blame whatever asked for memory last.
 * Measured from /proc/self/status before the addon is loaded and after an epoch of EfficientNet-B0 on tiles of 64 px.
 */
const least = { address: 1.3e9, data: 0.45e9, group: 0.3e9 };

/** @throws TrainingError ACINUS_NOT_ENOUGH_MEMORY that names the limit, what it leaves and what lifts it. */
export function checkLeastMemory({ address, data } = memoryLeftByUlimit(), group = memoryLeftInGroups()): void {
  const limits = [
    { name: "address space (ulimit -v)", left: address, needed: least.address, fix: "Lift it with: ulimit -v unlimited" },
    { name: "data (ulimit -d)", left: data, needed: least.data, fix: "Lift it with: ulimit -d unlimited" },
    {
      name: "memory (its control group)",
      left: group,
      needed: least.group,
      fix: "Ask the batch system or the container for more memory.",
    },
  ];
  const tight = limits.find(({ left, needed }) => left < needed);
  if (!tight) return;
  throw new TrainingError(
    "ACINUS_NOT_ENOUGH_MEMORY",
    `This process may take ${gigabytes(tight.left)} more of ${tight.name}, and LibTorch with a small network needs ${gigabytes(tight.needed)}.`,
    { value: { free: tight.left, needed: tight.needed }, fix: tight.fix },
  );
}
