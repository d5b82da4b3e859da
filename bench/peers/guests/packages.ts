import type { Row } from "../workloads.ts";

const [JAX_VERSION, TFJS_VERSION] = ["0.1.25", "4.22.0"];

/** The packages of npm that peers import: by a variable, so that nobody fetches them who compares with nobody. */
export const JAX = `npm:@jax-js/jax@${JAX_VERSION}`;
export const TFJS = `npm:@tensorflow/tfjs@${TFJS_VERSION}`;

/** The package of a backend of TensorFlow.js. */
export function tfjsBackend(backend: string): string {
  return `npm:@tensorflow/tfjs-backend-${backend}@${TFJS_VERSION}`;
}

/** Versions of the packages that rows are of; PyTorch tells its own. */
export function packageVersions(rows: readonly Row[]): Record<string, string> {
  const has = (name: string) => rows.some(({ peer }) => peer.startsWith(name));
  return {
    ...has("jax-js") && { "jax-js": JAX_VERSION },
    ...has("tfjs") && { "TensorFlow.js": TFJS_VERSION },
  };
}
