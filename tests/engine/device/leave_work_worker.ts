// Leaves devices as leave_work.ts does, in a Worker, which is ended as soon as it has told that it left them.
/// <reference lib="deno.worker" />
import { leave } from "./leave_work.ts";

self.onmessage = async ({ data: { way, devices, products } }: MessageEvent) => {
  await leave(way, devices, products);
  self.postMessage("left");
};
