import {
  CheckpointError,
  matchNetwork,
  nameOf,
  type Network,
  networkNames,
  networkOf,
  type StateDict,
  stateShapes,
} from "../../engine/mod.ts";

/** The name of the network that a state dict is of, whatever its classes, where another was asked for; null: of none. */
export function fittingNetwork(state: StateDict, asked: Network): string | null {
  const { classes, classifier } = asked;
  const channels = asked.backbone[0].shape[3]; // of the filters of the first convolution, [out, k, k, in]
  for (const name of networkNames) {
    if (name === asked.name) continue;
    const head = classifier.kind;
    const network = networkOf(name, { classes, channels, head });
    const optional = [network.classifier.stored.map(nameOf)];
    try {
      matchNetwork(stateShapes(network), state, { optional, transposed: network.classifier.transposed });
      return name;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
    }
  }
  return null;
}
