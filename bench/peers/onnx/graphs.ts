// Writes the workloads that ONNX Runtime can run as ONNX files, channels first as its operators take them.

import { channelsFirst } from "../guests/channels_first.ts";
import { forward, type Layers } from "../guests/networks.ts";
import { tensorValues, valuesOf } from "../values.ts";
import type { Workload } from "../workloads.ts";
import { OnnxGraph } from "./model.ts";

/** A file with the values of its inputs. */
export interface OnnxWorkload {
  file: Uint8Array<ArrayBuffer>;
  feeds: Record<string, { values: Float32Array<ArrayBuffer>; shape: readonly number[] }>;
}

/** Tells whether ONNX Runtime's packages of npm run a workload: forward passes, as they leave out training. */
export function onnxTakes(workload: Workload): boolean {
  const { kind } = workload;
  return kind === "matmul" || kind === "add" || kind === "conv" && workload.pass === "forward" ||
    kind === "network" && workload.pass === "inference";
}

/** Writes the file of a workload, whose one output is the result. @throws {TypeError} on one that is not taken. */
export function onnxWorkload(workload: Workload): OnnxWorkload {
  const graph = new OnnxGraph();
  const feeds: OnnxWorkload["feeds"] = {};
  const given = (name: string, seed: number, shape: readonly number[], factor = 1) => {
    const values = valuesOf(seed, shape.reduce((a, b) => a * b, 1), factor);
    feeds[name] = channelsFirst(values, shape);
    return graph.input(name, feeds[name].shape);
  };
  const result = () => {
    switch (workload.kind) {
      case "matmul": {
        const { n } = workload;
        return graph.node("MatMul", [given("a", 1, [n, n]), given("b", 2, [n, n])]);
      }
      case "add":
        return graph.node("Add", [given("a", 1, [workload.size]), given("b", 2, [workload.size])]);
      case "conv": {
        const { pass, batch, side, inC, outC, kernel, stride } = workload;
        if (pass !== "forward") break;
        const images = given("images", 1, [batch, side, side, inC]);
        const filters = [outC, kernel, kernel, inC];
        return conv(graph, images, filters, valuesOf(2, outC * kernel ** 2 * inC), "weight", stride);
      }
      case "network": {
        const { pass, batch, side } = workload;
        if (pass !== "inference") break;
        return forward(workload, onnxLayers(graph), given("images", 1, [batch, side, side, 3], 4));
      }
    }
    throw new TypeError(
      `Cannot write an ONNX file: it takes a forward pass, current is ${workload.name}: ONNX Runtime's packages of npm ` +
        `run no training`,
    );
  };
  graph.output(result());
  return { file: graph.bytes(), feeds };
}

/** Adds a convolution by filters [outC, k, k, inC] that are part of the file. */
function conv(
  graph: OnnxGraph,
  x: string,
  filters: readonly number[],
  values: Float32Array<ArrayBuffer>,
  name: string,
  stride: number,
): string {
  const { values: moved, shape } = channelsFirst(values, filters);
  const kernel = filters[1], pads = Array(4).fill((kernel - 1) / 2);
  const weight = graph.tensor(name, shape, moved);
  return graph.node("Conv", [x, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads,
  });
}

/** The layers of networks at inference: batch norms by running mean 0 and variance 1. */
function onnxLayers(graph: OnnxGraph): Layers<string> {
  const weight = (name: string, shape: readonly number[]) =>
    graph.tensor(name, shape, tensorValues(name, shape));
  return {
    conv: (x, name, shape, stride) =>
      conv(graph, x, shape, tensorValues(`${name}.weight`, shape), `${name}.weight`, stride),
    norm: (x, name, channels) => {
      const trained = ["weight", "bias"].map((each) => weight(`${name}.${each}`, [channels]));
      const running = ["mean", "var"].map((each, i) =>
        graph.tensor(`${name}.running_${each}`, [channels], new Float32Array(channels).fill(i))
      );
      return graph.node("BatchNormalization", [x, ...trained, ...running], { epsilon: { f32: 1e-5 } });
    },
    relu: (x) => graph.node("Relu", [x]),
    add: (a, b) => graph.node("Add", [a, b]),
    shortcut: (x, channels) => {
      const [half, far] = [channels / 4, 2 ** 31 - 1];
      const [from, to, axes, steps] = [[0, 0], [far, far], [2, 3], [2, 2]].map((v) => graph.wholes(...v));
      const every = graph.node("Slice", [x, from, to, axes, steps]);
      return graph.node("Pad", [every, graph.wholes(0, half, 0, 0, 0, half, 0, 0)]);
    },
    maxPool: (x) => graph.node("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    average: (x) => graph.node("Flatten", [graph.node("GlobalAveragePool", [x])]),
    linear: (x, name, shape) =>
      graph.node("Gemm", [x, weight(`${name}.weight`, shape), weight(`${name}.bias`, [shape[0]])], {
        transB: 1,
      }),
    reuse: (x) => x,
  };
}
