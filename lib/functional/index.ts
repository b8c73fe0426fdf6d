/** Each part of the method by itself, synchronous, on typed arrays: for scripts, notebooks and checks. */
export type { AugmentDecisions, MaskStatistics, TypedTensor } from "../addon/contract.js";
export type { Scores } from "../addon/scores.js";
export type { Shape } from "../system/arrays.js";
export { type AugmentKey, augment, augmentDecisions, displacementField, remap } from "./augment.js";
export { type CrfOptions, denseCrf } from "./crf.js";
export { type EdgeConfig, gaborEdges, gaborKernels, networkInput } from "./edges.js";
export {
  bceLoss,
  boundaryLoss,
  diceLoss,
  focalLoss,
  type LossResult,
  type StabilizedLoss,
  signedDistanceMap,
  stabilizedLoss,
  tverskyLoss,
} from "./loss.js";
export { complexityWeight, connectedComponents, distanceTransform, maskStatistics, metrics } from "./masks.js";
export {
  dropConnectMask,
  type OutlierConfig,
  oneCycle,
  outlierTest,
  type ScheduleConfig,
  validationTrace,
} from "./training.js";
export { dihedralTransforms, type TestTimeTransform, type TestTimeTransformName, testTimeTransforms } from "./tta.js";
