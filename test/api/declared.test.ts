/** Options are declared twice: as an interface, whose docstrings an editor shows, and as a schema, which checks them. Neither may drift. */
import { expect, it } from "vitest";
import type { z } from "zod";
import type { Budget, budgetSchema } from "../../lib/compare/budget.js";
import type { CompareSettings, compareSettingsSchema } from "../../lib/compare/options.js";
import type { ActiveConfig, ActiveOptions, activeOptionsSchema } from "../../lib/config/active.js";
import type { AugmentConfig, augmentOptionsSchema } from "../../lib/config/augment.js";
import type * as cells from "../../lib/config/cells.js";
import type { ComplexityConfig, complexityOptionsSchema } from "../../lib/config/complexity.js";
import type { CrfConfig, CrfOptions, crfSchema } from "../../lib/config/crf.js";
import type { DataOptions, dataOptionsSchema } from "../../lib/config/data.js";
import type { EdgeConfig, edgeOptionsSchema } from "../../lib/config/edges.js";
import type { GradientOptions, gradientOptionsSchema } from "../../lib/config/gradients.js";
import type * as inference from "../../lib/config/inference.js";
import type {
  Intensity,
  IntensityRule,
  IntensityRuleInput,
  intensityRuleSchema,
  intensitySchema,
} from "../../lib/config/intensity.js";
import type { LossConfig, LossSettings, lossOptionsSchema, lossWeightsSchema, SomeLossWeights } from "../../lib/config/loss.js";
import type * as model from "../../lib/config/model.js";
import type { OnnxConfig, OnnxOptions, onnxOptionsSchema } from "../../lib/config/onnx.js";
import type * as train from "../../lib/config/train.js";
import type { OutlierConfig, outlierOptionsSchema } from "../../lib/functional/training.js";
import type { TrainerOptions, trainerOptionsSchema } from "../../lib/train/trainer-options.js";

/** Whether two types are the same, down to what is optional. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Intersections and mapped types as one plain object, level by level; functions, classes and lists stay. */
type Flat<T> = T extends readonly (infer E)[]
  ? Flat<E>[]
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { [K in keyof T]: Flat<T[K]> }
      : T;
type Agrees<Declared, Checked> = Same<Flat<Declared>, Flat<Checked>>;
type In<Schema extends z.ZodType> = z.input<Schema>;
type Out<Schema extends z.ZodType> = z.output<Schema>;

/** Does not compile where one of them is false. */
function all<const T extends Record<string, true>>(agreements: T): string[] {
  return Object.keys(agreements);
}

type Unchecked = "layout" | "group" | "signal" | "onProgress" | "onPair" | "onProblem";

it("the interfaces are what the schemas take and give", () => {
  const agreed = all({
    active: true satisfies Agrees<ActiveOptions, In<typeof activeOptionsSchema>>,
    activeFilled: true satisfies Agrees<ActiveConfig, Out<typeof activeOptionsSchema>>,
    augment: true satisfies Agrees<AugmentConfig, In<typeof augmentOptionsSchema>>,
    budget: true satisfies Agrees<Budget, In<typeof budgetSchema>>,
    cellRule: true satisfies Agrees<cells.CellRuleOptions, In<typeof cells.cellRuleSchema>>,
    cellRuleFilled: true satisfies Agrees<cells.CellRule, Out<typeof cells.cellRuleSchema>>,
    compare: true satisfies Agrees<CompareSettings, In<typeof compareSettingsSchema>>,
    complexity: true satisfies Agrees<ComplexityConfig, In<typeof complexityOptionsSchema>>,
    crf: true satisfies Agrees<CrfOptions, In<typeof crfSchema>>,
    crfFilled: true satisfies Agrees<CrfConfig, Out<typeof crfSchema>>,
    data: true satisfies Agrees<DataOptions, Omit<In<typeof dataOptionsSchema>, Unchecked>>,
    edges: true satisfies Agrees<EdgeConfig, In<typeof edgeOptionsSchema>>,
    evaluator: true satisfies Agrees<inference.EvaluatorOptions, In<typeof inference.evaluatorOptionsSchema>>,
    predictor: true satisfies Agrees<inference.PredictorOptions, In<typeof inference.predictorOptionsSchema>>,
    gradients: true satisfies Agrees<GradientOptions, In<typeof gradientOptionsSchema>>,
    intensity: true satisfies Agrees<Intensity | IntensityRuleInput, In<typeof intensitySchema>>,
    intensityRule: true satisfies Agrees<IntensityRule, Out<typeof intensityRuleSchema>>,
    loss: true satisfies Agrees<LossConfig, In<typeof lossOptionsSchema>>,
    lossFilled: true satisfies Agrees<LossSettings, Out<typeof lossOptionsSchema>>,
    lossWeights: true satisfies Agrees<SomeLossWeights, In<typeof lossWeightsSchema>>,
    model: true satisfies Agrees<model.ModelOptions, In<typeof model.modelOptionsSchema>>,
    modelFilled: true satisfies Agrees<model.ModelConfig, Out<typeof model.modelConfigSchema>>,
    onnx: true satisfies Agrees<OnnxOptions, In<typeof onnxOptionsSchema>>,
    onnxFilled: true satisfies Agrees<OnnxConfig, Out<typeof onnxOptionsSchema>>,
    outlier: true satisfies Agrees<OutlierConfig, In<typeof outlierOptionsSchema>>,
    separation: true satisfies Agrees<cells.SeparationOptions, In<typeof cells.separationSchema>>,
    separationFilled: true satisfies Agrees<cells.Separation, Out<typeof cells.separationSchema>>,
    schedule: true satisfies Agrees<train.ScheduleConfig, In<typeof train.scheduleOptionsSchema>>,
    optimizer: true satisfies Agrees<train.OptimizerConfig, In<typeof train.optimizerOptionsSchema>>,
    monitor: true satisfies Agrees<train.MonitorConfig, In<typeof train.monitorOptionsSchema>>,
    train: true satisfies Agrees<train.TrainConfigInput, In<typeof train.trainConfigSchema>>,
    trainFilled: true satisfies Agrees<train.TrainConfig, Out<typeof train.trainConfigSchema>>,
    trainer: true satisfies Agrees<
      Omit<TrainerOptions, "train" | "validation" | "sampler" | "runFolder">,
      Omit<In<typeof trainerOptionsSchema>, "train" | "validation" | "sampler" | "runFolder">
    >,
  });
  expect(agreed).toHaveLength(33);
});
