import type { NetworkName } from "../../engine/mod.ts";

/** Weights that torchvision publishes for one of the networks. */
export interface Published {
  /** The network that they are of. */
  network: NetworkName;
  /** Name of the weights in torchvision. */
  weights: "IMAGENET1K_V1" | "IMAGENET1K_V2";
  /** Name of the file, which carries the first digits of its SHA-256. */
  file: string;
  /** Its size in MiB, as published, to three digits. */
  size: number;
  /** Shorter side in pixels that images were brought to for testing, before 224 x 224 were cut out. */
  resize: number;
}

/** Weights by the names that a config gives them. */
export type PublishedFiles = Readonly<Record<string, Published>>;

/** Where torchvision's files are. */
export const OFFICIAL = "https://download.pytorch.org/models/";

const v1 = (network: NetworkName, digits: string, size: number): Published => ({
  network,
  weights: "IMAGENET1K_V1",
  file: `${network}-${digits}.pth`,
  size,
  resize: 256,
});

const v2 = (network: NetworkName, digits: string, size: number): Published => ({
  ...v1(network, digits, size),
  weights: "IMAGENET1K_V2",
  resize: 232,
});

/**
 * torchvision's weights. A name alone means the first version, whose features are those of the papers that re-train
 * classifiers; the second was trained for longer, with smoothed and mixed labels, and is better on ImageNet itself.
 *
 * Source: torchvision.models, the enumerations ResNet18_Weights to ResNeXt50_32X4D_Weights.
 */
export const published = {
  "resnet18": v1("resnet18", "f37072fd", 44.661),
  "resnet34": v1("resnet34", "b627a593", 83.275),
  "resnet50": v1("resnet50", "0676ba61", 97.781),
  "resnet50-v2": v2("resnet50", "11ad3fa6", 97.79),
  "resnet101": v1("resnet101", "63fe2227", 170.511),
  "resnet101-v2": v2("resnet101", "cd907fc2", 170.53),
  "resnet152": v1("resnet152", "394f9c45", 230.434),
  "resnet152-v2": v2("resnet152", "f82ba261", 230.474),
  "resnext50_32x4d": v1("resnext50_32x4d", "7cdf4587", 95.789),
  "resnext50_32x4d-v2": v2("resnext50_32x4d", "1a0047aa", 95.833),
} as const satisfies PublishedFiles;

/** Name of published weights. */
export type PretrainedName = keyof typeof published;

/** All names of published weights. */
export const pretrainedNames = Object.keys(published) as [PretrainedName, ...PretrainedName[]];

/** Mean and standard deviation of each channel of pixel / 255 that these networks were trained with. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
