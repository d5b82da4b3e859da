// Tells how far the gradients of a training step of ResNet-50 are from those in 64 bits, beside PyTorch's in 32 bits: what
// of a difference of weights is rounding. It takes a Python with torch and torchvision.
//
//   deno run -A --no-lock bench/train/exact.ts [folder of a copy of the repository [batch [side [random]]]]
//
// The images are those of the other benches, all the same one, or of random bytes.

import { fileURLToPath } from "node:url";
import { pythonWith } from "../python.ts";
import type { Engine } from "./resnet32.ts";

const CLASSES = 100;
const [folder = ".", batch = "4", side = "128", images = "same"] = Deno.args;
const python = await pythonWith("torchvision");
if ("why" in python) throw new Error(python.why);
const base = new URL(`${folder}/`, `file://${Deno.cwd()}/`).href;
const engine: Engine = await import(`${base}engine/mod.ts`);
const training: typeof import("./training.ts") = await import(`${base}bench/train/training.ts`);

const device = await engine.Device.open();
const job = { network: "resnet50", batch: Number(batch), side: Number(side), classes: CLASSES };
const { spec, feeds } = training.trainingStep(device, job);
let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
const given = feeds.images as Uint8Array<ArrayBuffer>;
const pixels = images === "random" ? given.map(random) : given;
const [weights, momenta] = spec.parameters!;

const out = await Deno.makeTempDir();
const write = (name: string, parts: Iterable<Float32Array>) =>
  Deno.writeFile(
    `${out}/${name}`,
    new Uint8Array(Float32Array.from([...parts].flatMap((v) => [...v])).buffer),
  );
await write("weights", (await weights.read()).values());
await Deno.writeFile(`${out}/images`, pixels);
const plan = await engine.Plan.make(device, spec);
plan.run({ ...feeds, images: pixels });
await device.finish();
await write("momenta", (await momenta.read()).values());

const names = JSON.stringify(weights.tensors.map(engine.nameOf));
const script = fileURLToPath(new URL("exact.py", import.meta.url));
const args = [script, out, batch, side, `${CLASSES}`, names];
const { code } = await new Deno.Command(python.command, { args, stdout: "inherit", stderr: "inherit" })
  .output();
await Deno.remove(out, { recursive: true });
Deno.exit(code);
