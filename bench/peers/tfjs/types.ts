// The part of TensorFlow.js that the comparison uses: the package itself is fetched when it runs, not when types are
// checked.

/** A tensor. `dispose` frees it; so does the end of the tf.tidy that made it. */
export interface TfTensor {
  readonly shape: number[];
  readonly size: number;
  dispose(): void;
  data(): Promise<Float32Array>;
  add(other: TfTensor | number): TfTensor;
  sub(other: TfTensor | number): TfTensor;
  mul(other: TfTensor | number): TfTensor;
  div(other: TfTensor | number): TfTensor;
  neg(): TfTensor;
  exp(): TfTensor;
  log(): TfTensor;
  relu(): TfTensor;
  sum(axis?: number): TfTensor;
  mean(axis?: number | number[]): TfTensor;
  reshape(shape: number[]): TfTensor;
  transpose(order: number[]): TfTensor;
  pad(widths: [number, number][]): TfTensor;
}

/** A tensor that training changes. */
export interface TfVariable extends TfTensor {
  assign(value: TfTensor): void;
}

/** Pixels of padding around an image, or the rule for them. */
type Padding = number | "same" | "valid";

/** Tensors by name. */
export type Named = Record<string, TfTensor>;

/** The module. */
export interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(f: () => T): T;
  keep<T extends TfTensor>(x: T): T;
  dispose(tensors: unknown): void;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  variable(initial: TfTensor, trainable: boolean, name: string): TfVariable;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(
    x: TfTensor,
    filter: TfTensor,
    strides: number,
    pad: Padding,
    format: "NHWC",
    dilations: number,
    rounding?: "floor",
  ): TfTensor;
  maxPool(x: TfTensor, size: number, strides: number, pad: Padding, rounding?: "floor"): TfTensor;
  moments(x: TfTensor, axes: number[]): { mean: TfTensor; variance: TfTensor };
  batchNorm(
    x: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ): TfTensor;
  logSoftmax(x: TfTensor, axis: number): TfTensor;
  clipByValue(x: TfTensor, min: number, max: number): TfTensor;
  avgPool(x: TfTensor, size: number, strides: number, pad: Padding): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
  grads(f: (...xs: TfTensor[]) => TfTensor): (xs: TfTensor[], dy?: TfTensor) => TfTensor[];
  valueAndGrad(f: (x: TfTensor) => TfTensor): (x: TfTensor) => { value: TfTensor; grad: TfTensor };
  variableGrads(f: () => TfTensor): { value: TfTensor; grads: Named };
  engine(): { runKernel(name: string, inputs: Named, attrs: Record<string, unknown>): TfTensor };
}
