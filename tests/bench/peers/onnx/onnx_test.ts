import { assert, assertEquals, assertThrows } from "@std/assert";
import { onnxTakes, onnxWorkload } from "../../../../bench/peers/onnx/graphs.ts";
import { OnnxGraph } from "../../../../bench/peers/onnx/model.ts";
import { message } from "../../../../bench/peers/onnx/protobuf.ts";
import { tensorShapes } from "../../../../bench/peers/guests/networks.ts";
import { onnxPackage } from "../../../../bench/peers/guests/packages.ts";
import { WORKLOADS } from "../../../../bench/peers/workload_list.ts";
import type { NetworkRun, Workload } from "../../../../bench/peers/workloads.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** A reader of messages of its own, for the test: the fields as number and value. */
function fieldsOf(bytes: Uint8Array): [number, bigint | Uint8Array][] {
  const fields: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = () => {
    let value = 0n, shift = 0n;
    while (true) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7n;
    }
  };
  const take = (size: number) => bytes.subarray(at, at += size);
  while (at < bytes.length) {
    const tag = Number(varint()), kind = tag & 7;
    assert([0, 2, 5].includes(kind), `a field of kind ${kind}`);
    fields.push([tag >> 3, kind === 0 ? varint() : take(kind === 5 ? 4 : Number(varint()))]);
  }
  assertEquals(at, bytes.length);
  return fields;
}

const all = (bytes: Uint8Array, number: number) =>
  fieldsOf(bytes).filter(([n]) => n === number).map(([, v]) => v);
const parts = (bytes: Uint8Array, number: number) => all(bytes, number) as Uint8Array[];
const texts = (bytes: Uint8Array, number: number) =>
  parts(bytes, number).map((part) => new TextDecoder().decode(part));

const graphOf = (workload: Workload) => parts(onnxWorkload(workload).file, 7)[0];

Deno.test("protocol buffers: fields are written as the documentation of the encoding has them", () => {
  assertEquals(hex(message([[1, 150]])), "08 96 01");
  assertEquals(hex(message([[2, "testing"]])), "12 07 74 65 73 74 69 6e 67");
  assertEquals(hex(message([[1, -2]])), "08 fe ff ff ff ff ff ff ff ff 01");
  assertEquals(hex(message([[3, message([[1, 150]])], [20, 0]])), "1a 03 08 96 01 a0 01 00");
  assertEquals(hex(message([[2, { f32: 1 }]])), "15 00 00 80 3f");
});

Deno.test("ONNX files: a node's attributes and tensors have the numbers of onnx.proto3", () => {
  const graph = new OnnxGraph();
  const x = graph.input("x", [2, 3]);
  const y = graph.node("Op", [x, graph.wholes(-1, 5)], { a: 7, b: [1, 2], c: { f32: 0.5 } });
  graph.output(y);
  const [written] = parts(graph.bytes(), 7);
  assertEquals(all(graph.bytes(), 1), [8n]);
  const [node] = parts(written, 1), [tensor] = parts(written, 5);
  assertEquals([texts(node, 1), texts(node, 2), texts(node, 4)], [["x", texts(tensor, 8)[0]], [y], ["Op"]]);
  assertEquals(parts(node, 5).map((part) => [texts(part, 1)[0], all(part, 20)[0]]), [["a", 2n], ["b", 7n], [
    "c",
    1n,
  ]]);
  assertEquals(all(parts(node, 5)[1], 8), [1n, 2n]);
  assertEquals([all(tensor, 1), all(tensor, 2)], [[2n], [7n]]);
  assertEquals(new BigInt64Array(parts(tensor, 9)[0].slice().buffer), BigInt64Array.of(-1n, 5n));
  assertEquals([texts(parts(written, 11)[0], 1), texts(parts(written, 12)[0], 1)], [["x"], [y]]);
});

Deno.test("ONNX files: the networks hold all tensors of ours, and each node reads what stands before it", () => {
  for (const run of WORKLOADS.filter((w): w is NetworkRun => w.kind === "network" && onnxTakes(w))) {
    const graph = graphOf(run);
    const tensors = new Map(parts(graph, 5).map((part) => [texts(part, 8)[0], part]));
    for (const [name, shape] of tensorShapes(run)) {
      const size = shape.reduce((a, b) => a * b);
      assertEquals(parts(tensors.get(name)!, 9)[0].length, 4 * size, name);
      const [outputs, kernel] = shape;
      const moved = shape.length === 4 ? [outputs, shape[3], kernel, kernel] : shape;
      assertEquals(all(tensors.get(name)!, 1).map(Number), moved, name);
    }
    const known = new Set(["images", ...tensors.keys()]);
    for (const node of parts(graph, 1)) {
      for (const name of texts(node, 1)) assert(known.has(name), `${texts(node, 4)} reads ${name}`);
      texts(node, 2).forEach((name) => known.add(name));
    }
    assert(known.has(texts(parts(graph, 12)[0], 1)[0]));
    const operators = parts(graph, 1).map((node) => texts(node, 4)[0]);
    const convolutions = [...tensorShapes(run).values()].filter(({ length }) => length === 4).length;
    assertEquals(operators.filter((name) => name === "Conv").length, convolutions);
  }
});

Deno.test("ONNX files: workloads are written where they are taken, and refused by name elsewhere", () => {
  for (const workload of WORKLOADS) {
    if (onnxTakes(workload)) continue;
    assertThrows(() => onnxWorkload(workload), TypeError, `current is ${workload.name}`);
  }
  const kinds = new Set(WORKLOADS.filter(onnxTakes).map(({ kind }) => kind));
  assertEquals([...kinds], ["matmul", "conv", "add", "network"]);
  const conv = WORKLOADS.find((w) => w.kind === "conv" && w.stride === 2 && w.batch === 128)!;
  const [node] = parts(graphOf(conv), 1);
  const attributes = parts(node, 5).map((part) => [texts(part, 1)[0], all(part, 8).map(Number)]);
  assertEquals(attributes, [["kernel_shape", [3, 3]], ["strides", [2, 2]], ["pads", [1, 1, 1, 1]]]);
  assertEquals(onnxWorkload(conv).feeds.images.shape, [128, 16, 32, 32]);
});

Deno.test("ONNX Runtime: the install script of the package with machine code is denied", () => {
  const { allowScripts } = JSON.parse(
    Deno.readTextFileSync(new URL("../../../../deno.json", import.meta.url)),
  );
  assert(allowScripts.deny.includes(onnxPackage("node")), `${onnxPackage("node")} is not among those denied`);
  assertEquals(allowScripts.allow, undefined);
});
