import type { TrainConfig } from "../config/train.ts";
import type { Setup } from "../setup/setup.ts";
import type { Method } from "./method.ts";
import { pacoMethod } from "./paco.ts";
import { plainMethod } from "./plain.ts";

/** The method that a config asks for. */
export function methodOf(setup: Setup, config: TrainConfig): Method {
  return config.paco === null ? plainMethod(setup, config) : pacoMethod(setup, config, config.paco);
}
