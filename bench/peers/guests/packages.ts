import type { PeerResult } from "../results.ts";

const [JAX_VERSION, TFJS_VERSION, ONNX_VERSION] = ["0.1.25", "4.22.0", "1.30.0"];

/** The npm packages of the peers. They are imported by a variable, so that they are fetched only for a comparison. */
export const JAX = `npm:@jax-js/jax@${JAX_VERSION}`;
export const TFJS = `npm:@tensorflow/tfjs@${TFJS_VERSION}`;

/** Names the package of a backend of TensorFlow.js. */
export function tfjsBackend(backend: string): string {
  return `npm:@tensorflow/tfjs-backend-${backend}@${TFJS_VERSION}`;
}

/**
 * Names ONNX Runtime's package with a provider: `node`, `wasm` or `webgpu`. The install script of `node` is denied in
 * deno.json: it fetches what runs on CUDA, and the package holds what runs on the processor.
 */
export function onnxPackage(provider: string): string {
  if (provider === "node") return `npm:onnxruntime-node@${ONNX_VERSION}`;
  // The package's door for Node runs wasm with threads in Deno; its other doors load them from blobs, which Deno does not.
  return `npm:onnxruntime-web@${ONNX_VERSION}${provider === "wasm" ? "" : `/${provider}`}`;
}

/** Lists the versions of the packages that have results; PyTorch tells its own version. */
export function packageVersions(rows: readonly PeerResult[]): Record<string, string> {
  const has = (name: string) => rows.some(({ peer }) => peer.startsWith(name));
  return {
    ...has("jax-js") && { "jax-js": JAX_VERSION },
    ...has("tfjs") && { "TensorFlow.js": TFJS_VERSION },
    ...has("onnxruntime") && { "ONNX Runtime": ONNX_VERSION },
  };
}
