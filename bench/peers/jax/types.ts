// The part of @jax-js/jax that the comparison uses: the package itself is fetched when it runs, not when types are checked.

/** An array. Passing it as an argument frees it; pass `ref` to keep it. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  dispose(): void;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  reshape(shape: number[]): JaxArray;
  slice(...index: (number | [])[]): JaxArray;
  data(): Promise<Float32Array>;
}

type Axes = number | number[] | null;

/** The arrays of a network by name. */
export type Named = Record<string, JaxArray>;

/** The module. */
export interface Jax {
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): void;
  blockUntilReady<T>(arrays: T): Promise<T>;
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  vjp<A extends JaxArray[]>(
    f: (...args: A) => JaxArray,
    primals: A,
  ): [JaxArray, (dy: JaxArray) => JaxArray[]];
  valueAndGrad<A, B extends unknown[]>(
    f: (by: A, ...rest: B) => JaxArray,
  ): (by: A, ...rest: B) => [JaxArray, A];
  numpy: {
    array(values: Float32Array, options?: { shape?: number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    sum(x: JaxArray, axis?: Axes, options?: { keepdims?: boolean }): JaxArray;
    mean(x: JaxArray, axis?: Axes, options?: { keepdims?: boolean }): JaxArray;
    max(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    exp(x: JaxArray): JaxArray;
    log(x: JaxArray): JaxArray;
    clip(x: JaxArray, min: number, max: number): JaxArray;
    pad(x: JaxArray, widths: [number, number][]): JaxArray;
    transpose(x: JaxArray): JaxArray;
  };
  nn: { relu(x: JaxArray): JaxArray; logSoftmax(x: JaxArray, axis?: number): JaxArray };
  lax: {
    conv(x: JaxArray, weight: JaxArray, strides: number[], padding: [number, number][]): JaxArray;
    reduceWindow(
      x: JaxArray,
      of: (window: JaxArray) => JaxArray,
      dimensions: number[],
      strides: number[],
    ): JaxArray;
  };
}
