// The peers, each with its command.

import { onnxTakes } from "./onnx/graphs.ts";
import type { Peer } from "./protocol.ts";
import { fullName, OURS } from "./ratios.ts";

/** Describes a peer that runs in Deno. @param permissions All that its npm packages are allowed. */
function denoPeer(name: string, file: string, backend: string[] = [], permissions: string[] = []): Peer {
  const script = new URL(file, import.meta.url).href;
  const command = [Deno.execPath(), "run", "--no-lock", "--no-prompt", ...permissions, script, ...backend];
  return { name, command };
}

/** Permissions of the packages of ONNX Runtime: their files, the cores, and a library of machine code. */
const ONNX_ALLOWED = ["--allow-read", "--allow-env", "--allow-sys"];

/** Lists the peers, ours first. @param torch PyTorch's processes. */
export function peerList(torch: readonly Peer[]): Peer[] {
  const onnx = (provider: string, ...allowed: string[]): Peer => ({
    ...denoPeer(`onnxruntime ${provider}`, "onnx/onnx.ts", [provider], [...ONNX_ALLOWED, ...allowed]),
    takes: onnxTakes,
  });
  return [
    denoPeer(OURS, "ours/ours.ts"),
    ...torch,
    onnx("node", "--allow-ffi"),
    onnx("wasm"),
    onnx("webgpu"),
    denoPeer("jax-js webgpu", "jax/jax.ts"),
    denoPeer("tfjs webgpu", "tfjs/tfjs.ts", ["webgpu"]),
    denoPeer("tfjs wasm", "tfjs/tfjs.ts", ["wasm"], ["--allow-read"]),
  ];
}

/** The name by which `--peers` chooses a peer. */
export function nameOfPeer({ name, setting }: Peer): string {
  return fullName({ peer: name, setting });
}
