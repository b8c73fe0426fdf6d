/** The systems of the paper's Table II, by the names of their presets. */
import { type Preset, presets } from "../config/presets.js";
import type { Row, VariantChanges } from "./variant.js";

export type System = Omit<Row, "name" | "kind" | "preset" | "changes"> & VariantChanges;

/** From the paper's first to its last: title, printed Dice on its own data in %, and how it is scored. */
const table = {
  unet: ["U-Net", 78.2, {}],
  "attention-unet": ["Attention U-Net", 82.4, {}],
  "attention-unet-hybrid": ["Att-UNet + Hybrid", 87.1, {}],
  "attention-unet-active": ["Att-UNet + AL", 85.3, {}],
  "multiscale-attention-unet": ["Multi-Scale Att-UNet", 89.2, {}],
  enhanced: ["Enhanced", 95.5, { tta: true }],
} as const satisfies Record<string, readonly [string, number, VariantChanges["evaluate"]]>;

export type SystemName = keyof typeof table;
export const systemNames = Object.keys(table) as SystemName[];

const descriptions: Partial<Record<SystemName, string>> = {
  "attention-unet-active":
    "attention-unet with dropout, in rounds of active learning: 20 % of the images, then 10 % more a round by their entropy, five rounds " +
    "with the steps of one training together",
  "multiscale-attention-unet":
    "attention-unet with atrous spatial pyramid pooling, then a dense random field chosen on validation",
  enhanced: "UNet++ with SCSE, edge channel, stabilized loss, weighted sampling, test-time augmentation",
};

/** Undefined for a name that is none. */
export function systemOf(name: string): System | undefined {
  if (!Object.hasOwn(table, name)) return undefined;
  const known = name as SystemName;
  const { description, model, train, sampler = "complexity", active, crf }: Preset = presets[known];
  const [title, paperDice, scoring] = table[known];
  const evaluate = crf ? { ...scoring, crf } : scoring;
  return { title, description: descriptions[known] ?? description, paperDice, model, train, sampler, active, evaluate };
}
