// The Worker of a Loader: draws batches of the order that is going on and fills their slots of the ring.
/// <reference lib="deno.worker" />
import { givenUp } from "../decode/mod.ts";
import { Filler } from "./fill.ts";
import {
  CONTROL,
  type FromWorker,
  type Ring,
  type ToWorker,
  type WorkerRun,
  type WorkerSetup,
} from "./ring.ts";

let setup: (WorkerSetup & { filler: Filler }) | undefined;

self.onmessage = async ({ data }: MessageEvent<ToWorker>): Promise<void> => {
  if ("setup" in data) setup = { ...data.setup, filler: new Filler(data.setup) };
  else if ("close" in data) {
    await givenUp();
    self.close();
  } else if (setup) {
    const error = await work(setup, data.start);
    tell({ ended: data.start.run, error, decoding: givenUp() !== null });
  }
};

/** @returns why it failed. */
async function work(
  setup: WorkerSetup & { filler: Filler },
  { run, order, view }: WorkerRun,
): Promise<Error | undefined> {
  const { control, slots } = setup.ring;
  const batches = Math.ceil(order.length / setup.batch);
  const isOver = (): boolean => Atomics.load(control, CONTROL.run) !== run;
  try {
    for (;;) {
      const number = Atomics.add(control, CONTROL.next, 1);
      if (number >= batches || !waitForSlot(setup.ring, number, isOver)) return;
      const slot = number % slots.length;
      const broken = await setup.filler.fill(order, view, number, slots[slot], isOver);
      if (isOver()) return;
      if (broken.length > 0) {
        tell({ broken });
        Atomics.add(control, CONTROL.broken, broken.length);
      }
      Atomics.store(control, CONTROL.ready + slot, number + 1);
      tell({ ready: number });
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Sleeps until the slot of the batch is free; false when the run is over before. */
function waitForSlot({ control, slots }: Ring, number: number, isOver: () => boolean): boolean {
  for (;;) {
    const used = Atomics.load(control, CONTROL.used);
    if (isOver()) return false;
    if (number - used < slots.length) return true;
    Atomics.wait(control, CONTROL.used, used);
  }
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}
