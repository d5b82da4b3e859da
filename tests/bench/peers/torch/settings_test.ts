import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { peerList } from "../../../../bench/peers/peer_list.ts";
import type { Peer } from "../../../../bench/peers/protocol.ts";
import { peersOf } from "../../../../bench/peers/torch/torch.ts";
import { WORKLOADS } from "../../../../bench/peers/workload_list.ts";
import type { Workload } from "../../../../bench/peers/workloads.ts";
import { pythonWith } from "../../../../bench/python.ts";

const workload = (name: string): Workload => WORKLOADS.find((workload) => workload.name.startsWith(name))!;

/** The peers that take a workload, by name and the arguments of the program. */
function asked(peers: readonly Peer[], name: string): string[] {
  const takers = peers.filter(({ takes }) => takes?.(workload(name)) ?? true);
  return takers.map(({ name, command }) => [name, ...command.slice(2)].join(" "));
}

Deno.test("PyTorch: each workload is run in the settings in which it differs", () => {
  const cpu = peersOf("python", false, {});
  assertEquals(asked(cpu, "matmul"), ["PyTorch CPU"]);
  assertEquals(asked(cpu, "conv"), ["PyTorch CPU", "PyTorch CPU channels_last"]);
  assertEquals(asked(cpu, "resnet32 training"), ["PyTorch CPU", "PyTorch CPU channels_last"]);
  assertEquals(asked(cpu, "resnet32 inference"), [
    "PyTorch CPU",
    "PyTorch CPU channels_last",
    "PyTorch CPU jit",
    "PyTorch CPU jit-channels_last",
  ]);
});

Deno.test("PyTorch: on a GPU TF32 is on in a peer of its own, whose precision is told, and off in the other", () => {
  const cuda = peersOf("python", true, {});
  assertEquals(asked(cuda, "matmul"), ["PyTorch CUDA", "PyTorch CUDA TF32 tf32"]);
  assertEquals(asked(cuda, "add"), ["PyTorch CUDA"]);
  assertEquals(asked(cuda, "resnet32 training"), [
    "PyTorch CUDA",
    "PyTorch CUDA channels_last",
    "PyTorch CUDA TF32 tf32",
    "PyTorch CUDA TF32 channels_last tf32",
  ]);
  for (const { name, precision, command } of cuda) {
    assertEquals([precision === "tf32", command.includes("tf32")], [
      name.endsWith("TF32"),
      name.endsWith("TF32"),
    ]);
  }
});

Deno.test("peers: ours is the first, and no two have the same name and setting", () => {
  for (const cuda of [false, true]) {
    const peers = peerList(peersOf("python", cuda, {}));
    assertEquals(peers[0].name, "everyclass");
    assertEquals(new Set(peers.map(({ name, setting }) => `${name}, ${setting}`)).size, peers.length);
  }
});

const python = await pythonWith("json");
const withTorch = await pythonWith("torch");
const withVision = await pythonWith("torchvision");
const folder = decodeURIComponent(new URL("../../../../bench/peers/torch/", import.meta.url).pathname);

/** Output of lines of Python in the folder of pytorch.py. */
async function printed(command: string, code: string, args: string[] = []): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args: ["-c", code, ...args],
    cwd: folder,
  }).output();
  return new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).trim();
}

Deno.test({
  name: "PyTorch: the BLAS that is told is the one that is loaded (needs Python)",
  ignore: "why" in python,
  async fn() {
    if ("why" in python) return;
    const of = (paths: string[], mkl: boolean, preloaded: string) =>
      printed(
        python.command,
        `import json, sys; from blas import blas_of; print(blas_of(*json.loads(sys.argv[1])))`,
        [JSON.stringify([paths, mkl, preloaded])],
      );
    const open = "/usr/lib/openblas-pthread/libopenblasp-r0.3.21.so";
    assertEquals(await of([open, "/usr/lib/libblas.so.3"], false, ""), "OpenBLAS (libopenblasp-r0.3.21.so)");
    assertStringIncludes(await of([open], false, "/usr/lib/libopenblas.so.0"), "preloaded)");
    assertStringIncludes(await of(["/usr/lib/blas/libblas.so.3.11.0"], false, ""), "install libopenblas0");
    assertEquals(await of([open], true, ""), "MKL");
    assertEquals(await of(["/usr/lib/libc.so.6"], false, ""), "BLAS unknown");
  },
});

Deno.test({
  name: "PyTorch: the arguments of pytorch.py choose layout, JIT and TF32 (needs Python with torch)",
  ignore: "why" in withTorch,
  async fn() {
    if ("why" in withTorch) return;
    const of = async (...args: string[]) => {
      const code = "import torch, setting as s; s.prepare(); print(s.LAYOUT, s.JIT, s.TF32, " +
        "torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32, sep='; ')";
      return await printed(withTorch.command, code, args);
    };
    assertEquals(await of(), "torch.contiguous_format; False; False; False; False");
    assertEquals(await of("channels_last", "tf32"), "torch.channels_last; False; True; True; True");
    assertEquals(await of("jit"), "torch.contiguous_format; True; False; False; False");
    assertEquals(await of("jit-channels_last"), "torch.channels_last; True; False; False; False");
    const about = await printed(withTorch.command, "import setting as s; s.prepare(); print(s.about())");
    assert(
      /^PyTorch \S+, (CPU, \d+ threads, (MKL|OpenBLAS|BLIS|the system's)|.*TF32 off)/.test(about),
      about,
    );
  },
});

Deno.test({
  name:
    "main_job.py: a stored view has each image once, in order; an epoch each once (needs Python with torchvision)",
  ignore: "why" in withVision,
  async fn() {
    if ("why" in withVision) return;
    const code = `
import numpy as np, torch, main_job
source = main_job.InMemory(np.zeros((300, 3, 32, 32), np.uint8), np.arange(300), torch.device("cpu"))
def labels(batches):
    return torch.cat([labels for images, labels in batches if images.shape[1:] == (3, 32, 32)]).tolist()
stored, epoch, every = labels(source.in_order()), labels(source), list(range(300))
print(stored == every, epoch != every and sorted(epoch) == every)`;
    assertEquals(await printed(withVision.command, code), "True True");
  },
});
