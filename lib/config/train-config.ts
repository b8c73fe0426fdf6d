/** The training configuration with every default filled in. What each option means is said in train-options.ts, and an editor shows it here too. */
import type { AugmentSettings } from "./augment.js";
import type { LossSettings, SomeLossWeights } from "./loss.js";
import type {
  LearningRate,
  MonitorConfig,
  MonitorMetric,
  OptimizerConfig,
  ScheduleConfig,
  TrainConfigInput,
} from "./train-options.js";

/** The learning rate by step, with all defaults. */
export interface ScheduleSettings extends ScheduleConfig {
  maxLearningRate: number;
  pctStart: number;
  divFactor: number;
  finalDivFactor: number;
  cycleMomentum: boolean;
  baseMomentum: number;
  maxMomentum: number;
}

/** AdamW with its guards, with all defaults. */
export interface OptimizerSettings extends OptimizerConfig {
  weightDecay: number;
  beta1: number;
  beta2: number;
  eps: number;
  gradientClip: number;
  maxSkippedSteps: number;
  encoderLearningRateFactor: number;
}

/** Validation, with all defaults. */
export interface MonitorSettings extends MonitorConfig {
  outlierThreshold: number;
  outlierWindow: number;
  outlierMinimum: number;
  madFloor: number;
  emaDecay: "auto" | number;
  metric: MonitorMetric;
  acceptAfter: number;
  rollback: boolean;
  rollbackDrop: number;
  every: number;
  batch: number;
  weightEma: number;
}

/** The training configuration with every default filled in; `precision` and `device` may still be "auto". */
export interface TrainConfig extends TrainConfigInput {
  epochs: number;
  batch: number;
  accumulation: number;
  cropSize: number;
  cropOnCells: number;
  seed: number;
  precision: "auto" | "fp32" | "bf16" | "fp16";
  device: string;
  restoreBest: boolean;
  patience: number;
  minutes: number;
  stopFile: string;
  frozenEncoderEpochs: number;
  deterministic: boolean;
  memory: "normal" | "low";
  memoryCheck: boolean;
  augment: AugmentSettings;
  schedule: ScheduleSettings;
  optimizer: OptimizerSettings;
  monitor: MonitorSettings;
  learningRates: LearningRate[];
  loss: LossSettings | "own";
  lossWeights: SomeLossWeights[];
}
