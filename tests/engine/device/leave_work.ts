// Opens devices, gives each work, and leaves it under way:
//
//   deno run -A --v8-flags=--expose-gc tests/engine/device/leave_work.ts WAY [DEVICES] [PRODUCTS]
//
// "done" at the end says that nothing went wrong by then. Each product of two 512 x 512 matrices by `tile` kernels takes
// 0.2 s on two cores without a GPU.
import { Device, input, matmul, Plan } from "../../../engine/mod.ts";

/** Ways to leave a device, in the process itself. */
const WAYS: Record<string, (device: Device) => void | Promise<void>> = {
  ends: () => {},
  throws: () => {
    throw new Error("an error that nobody catches");
  },
  rejects: () => void Promise.reject(new Error("a rejection that nobody handles")),
  exits: () => Deno.exit(3),
  "is stopped": () => Deno.kill(Deno.pid, "SIGTERM"),
  disposes: (device) => device[Symbol.dispose](),
  waits: (device) => device[Symbol.asyncDispose](),
  destroys: (device) => device.gpu.destroy(),
  collects: async () => {
    // A finalizer runs some turns after what it belongs to was found to be of no more use.
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      (globalThis as unknown as { gc?: () => void }).gc?.();
    }
  },
};

/** Opens a device with this many products under way, as far as one may be. */
async function work(products: number): Promise<Device> {
  const device = await Device.open({ family: "tile" });
  const x = input("x", [512, 512]);
  let y = x;
  for (let i = 0; i < products; i++) y = matmul(y, x);
  const plan = await Plan.make(device, { outputs: { y } });
  plan.run({ x: new Float32Array(512 * 512) });
  return device;
}

/** Leaves so many devices one after the other, each with work under way. */
export async function leave(way: string, devices = 1, products = 40): Promise<void> {
  for (let i = 0; i < devices; i++) await WAYS[way](await work(products));
}

if (import.meta.main) {
  const [way, devices = "1", products = "40"] = Deno.args;
  if (way.startsWith("worker ")) {
    const url = new URL("leave_work_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      resolve();
    };
    worker.postMessage({
      way: way.slice("worker ".length),
      devices: Number(devices),
      products: Number(products),
    });
    await promise;
    worker.terminate();
    // The thread of a Worker ends some time after it was told to.
    await new Promise((resolve) => setTimeout(resolve, 8000));
  } else {
    await leave(way, Number(devices), Number(products));
  }
  console.log("done");
}
