import type { PeerResult } from "../results.ts";

const [JAX_VERSION, TFJS_VERSION] = ["0.1.25", "4.22.0"];

/** The npm packages of the peers. They are imported by a variable, so that they are fetched only for a comparison. */
export const JAX = `npm:@jax-js/jax@${JAX_VERSION}`;
export const TFJS = `npm:@tensorflow/tfjs@${TFJS_VERSION}`;

/** Names the package of a backend of TensorFlow.js. */
export function tfjsBackend(backend: string): string {
  return `npm:@tensorflow/tfjs-backend-${backend}@${TFJS_VERSION}`;
}

/** Lists the versions of the packages that have results; PyTorch tells its own version. */
export function packageVersions(rows: readonly PeerResult[]): Record<string, string> {
  const has = (name: string) => rows.some(({ peer }) => peer.startsWith(name));
  return {
    ...has("jax-js") && { "jax-js": JAX_VERSION },
    ...has("tfjs") && { "TensorFlow.js": TFJS_VERSION },
  };
}
