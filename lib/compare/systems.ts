/** The systems of the paper's Table II (METHOD section 10), by name. */
import type { Row, VariantChanges } from "./variant.js";

export type System = Omit<Row, "name" | "kind" | "preset" | "changes"> & VariantChanges;

/** From the paper's first to its last. What is not named is as in the method's defaults. */
export const systems = {
  unet: {
    title: "U-Net",
    description: "U-Net, plain Dice loss, no edge channel",
    paperDice: 78.2,
    model: { architecture: "unet", inputMode: "drop" },
    train: { loss: { dice: 1, bce: 0, tversky: 0 } },
    sampler: "uniform",
    evaluate: { tta: false },
  },
  enhanced: {
    title: "Enhanced",
    description: "UNet++ with SCSE, edge channel, stabilized loss, weighted sampling, test-time augmentation",
    paperDice: 95.5,
    model: {},
    train: {},
    sampler: "complexity",
    evaluate: { tta: true },
  },
} as const satisfies Record<string, System>;

export type SystemName = keyof typeof systems;
export const systemNames = Object.keys(systems) as SystemName[];
