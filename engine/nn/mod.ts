/**
 * Networks, their last layers, losses and initial weights: descriptions whose values stores hold.
 *
 * @module
 */
export { ldamMargins, smoothingFactors } from "./class_tables.ts";
export {
  balancedSoftmax,
  crossEntropy,
  focalLoss,
  gmlLoss,
  labelAwareSmoothing,
  ldamLoss,
} from "./losses.ts";
export { pacoLoss, type PacoParts, type PacoWeights } from "./paco.ts";
export { COSINE_SCALE, type Head, type HeadKind, headOf } from "./heads.ts";
export type { ForwardOptions } from "./layers.ts";
export type { Forward, Network } from "./network.ts";
export {
  bottleneckNames,
  type NetworkName,
  networkNames,
  networkOf,
  type NetworkOptions,
} from "./networks.ts";
export { resNet, type ResNetOptions } from "./resnet.ts";
export { cifarResNet, type CifarResNetOptions } from "./resnet_cifar.ts";
export { initHead, initLastStage, initState, initTensors } from "./init.ts";
export { type Projection, projection } from "./projection.ts";
export { loadState, readState, stateShapes, torchShape } from "./state.ts";
