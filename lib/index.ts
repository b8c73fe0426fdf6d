/** acinus: train and run cell-segmentation networks. Parts of the method by themselves are in `acinus/functional`. */

export type { ActiveRound } from "./active/record.js";
export { type ActiveEvent, type ActiveLearning, type ActiveLearningOptions, runActiveLearning } from "./active/run.js";
export type {
  BestEpoch,
  BoundaryScores,
  CheckpointEvent,
  EndEvent,
  EndReason,
  EpochEvent,
  ErrorCauses,
  FitResult,
  Interval,
  LossTerms,
  MaskStatistics,
  ObjectScores,
  OutlierEvent,
  PixelScores,
  RollbackEvent,
  SkippedStepEvent,
  StartEvent,
  StatisticsEvent,
  StepEvent,
  StepResult,
  TrainEvent,
  ValidationScores,
} from "./addon/contract.js";
export { memoryUsage, releaseMemory } from "./addon/memory.js";
export { ablationNames } from "./compare/ablations.js";
export type { Budget } from "./compare/budget.js";
export { compare } from "./compare/compare.js";
export type { ComparedRow, Comparison, Difference } from "./compare/comparison.js";
export { type MetricName, metricNames as comparedScores } from "./compare/metrics.js";
export type { CompareEvent, CompareOptions } from "./compare/options.js";
export { comparisonPage } from "./compare/page/page.js";
export { systemNames } from "./compare/systems.js";
export { comparisonTable } from "./compare/text.js";
export type { Variant } from "./compare/variant.js";
export type { Acquisition, ActiveOptions } from "./config/active.js";
export type { AugmentConfig } from "./config/augment.js";
export type { CellRule, CellRuleOptions, Separation, SeparationOptions } from "./config/cells.js";
export type { ComplexityConfig } from "./config/complexity.js";
export type { CrfOptions } from "./config/crf.js";
export type { DataOptions } from "./config/data.js";
export type { EdgeConfig } from "./config/edges.js";
export type { EmptyPolicy, EvaluatorConfig, EvaluatorOptions, PredictorConfig, PredictorOptions } from "./config/inference.js";
export type { Intensity, IntensityRule } from "./config/intensity.js";
export type { LossConfig, LossTermName, LossWeights, SomeLossWeights } from "./config/loss.js";
export type { ModelConfig, ModelOptions } from "./config/model.js";
export { type Preset, type PresetName, presets } from "./config/presets.js";
export type {
  LearningRate,
  MonitorConfig,
  MonitorMetric,
  OptimizerConfig,
  ScheduleConfig,
  TrainConfig,
  TrainConfigInput,
} from "./config/train.js";
export { type Converted, type ConvertOptions, convert } from "./dataset/convert.js";
export { Dataset, type Fold, type ImagesOptions, type OpenOptions } from "./dataset/dataset.js";
export type { DecodedImage, RawImage } from "./dataset/decoded.js";
export type { Folder } from "./dataset/folder.js";
export type { FoldOptions } from "./dataset/folds.js";
export type { ArraySample } from "./dataset/from-arrays.js";
export { findInputs, type InputImage, type InputOptions } from "./dataset/inputs.js";
export { layouts } from "./dataset/layouts/index.js";
export type { FoundSamples, Layout, LayoutSample } from "./dataset/layouts/layout.js";
export { assertNoLeaks, findDuplicates, findLeaks, type Twins } from "./dataset/leaks.js";
export type { Oddity } from "./dataset/oddities.js";
export type { DatasetLayout, DatasetSample } from "./dataset/sample.js";
export type { SplitOptions } from "./dataset/split.js";
export type { DatasetStatistics } from "./dataset/statistics.js";
export type { Instances, Truth } from "./dataset/truth.js";
export { type Verification, verifyDataset } from "./dataset/verify.js";
export * from "./errors.js";
export { type ChooseOptions, type ChosenCells, chooseCells, type TriedRule } from "./evaluate/choose-cells.js";
export { type EvaluateCallOptions, type Evaluation, Evaluator, type ImageEvaluation } from "./evaluate/evaluator.js";
export { type ScoreOptions, scorePredictions } from "./evaluate/predictions.js";
export { scoresTable, summaryOf, worstTable } from "./evaluate/summary.js";
export { writeSummary } from "./evaluate/summary-files.js";
export {
  type ExportFormat,
  type ExportFormatName,
  type ExportOptions,
  exportFormats,
  exportModel,
  formatOf,
} from "./export/index.js";
export { type FetchWeightsOptions, fetchWeights } from "./hub/index.js";
export { type ImportedWeights, importWeights } from "./import/index.js";
export { Ensemble } from "./model/ensemble.js";
export type { GradientOptions, Gradients } from "./model/gradients.js";
export { describeLoad } from "./model/load-report.js";
export { type CreateOptions, type LoadOptions, type LoadReport, type LoadWeightsOptions, Model } from "./model/model.js";
export type { ModelStart } from "./model/start.js";
export { type AcquiredImage, type AcquireOptions, acquire } from "./predict/active-learning.js";
export { type CocoCells, cocoCells } from "./predict/formats/coco.js";
export type { GeoJsonCells } from "./predict/formats/geojson.js";
export type { Instance } from "./predict/instances.js";
export type { CellMeasurements } from "./predict/measurements.js";
export { predictInto, type WrittenPrediction } from "./predict/predict-into.js";
export {
  type EncodeOptions,
  Prediction,
  type PredictionFormat,
  predictionFormats,
  type SaveOptions,
} from "./predict/prediction.js";
export { PredictionFolder } from "./predict/prediction-folder.js";
export { PredictionTree } from "./predict/prediction-tree.js";
export { type Pixels, type PredictCallOptions, Predictor, type StripCallOptions } from "./predict/predictor.js";
export { StripCells } from "./predict/strip-cells.js";
export type { ProbabilityStrip, StripPrediction } from "./predict/strip-prediction.js";
export type { Uncertainty, UncertaintyOptions } from "./predict/uncertainty.js";
export { panelSamples, spreadByDice } from "./render/evaluation.js";
export { type PanelOptions, renderPanels, savePanels } from "./render/panels.js";
export type { PanelSample } from "./render/views.js";
export type { ReportOptions } from "./report/options.js";
export { type Report, writeReport } from "./report/report.js";
export { type FoundWeights, findWeights } from "./run/find-weights.js";
export { type SynthesizedTile, type SynthesizeOptions, synthesize } from "./synth/synthesize.js";
export type { TrainingResult } from "./train/choose-after.js";
export type { LearningRateByStep } from "./train/learning-rates.js";
export type { LossWeightsByEpoch } from "./train/loss-weights.js";
export type { TransformAnswer, TransformFunction, TransformRequest } from "./train/own-functions.js";
export type { LossAnswer, LossFunction, LossRequest } from "./train/own-loss.js";
export { Sampler, type SamplerOptions } from "./train/sampler.js";
export { type FitOptions, Trainer } from "./train/trainer.js";
export type { TrainerOptions } from "./train/trainer-options.js";
export type { TrainingBatch, TrainingLoop } from "./train/training-loop.js";
