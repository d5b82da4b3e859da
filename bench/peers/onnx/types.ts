// The part of ONNX Runtime's packages that the comparison uses: they are fetched when they run, not when types are
// checked.

/** A tensor. */
export interface OrtTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
  /** Frees what the device holds; absent where nothing does. */
  dispose?(): void;
  /** Reads the values, from the device too. */
  getData?(): Promise<Float32Array>;
}

/** A network that is ready to run. */
export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** One of the packages. */
export interface Ort {
  env: { wasm: { numThreads?: number }; webgpu?: unknown };
  InferenceSession: { create(file: Uint8Array, options: Record<string, unknown>): Promise<OrtSession> };
  Tensor: new (type: "float32", values: Float32Array, shape: readonly number[]) => OrtTensor;
}
