// The Worker of a Loader: takes batches of the current order and fills their slots of the ring.
import { abandonedDecodes } from "../decode/mod.ts";
import { type Answer, serve } from "../workers/mod.ts";
import { BatchReader } from "./batch_reader.ts";
import {
  CONTROL,
  type FromWorker,
  type Ring,
  type ToWorker,
  type WorkerRun,
  type WorkerSetup,
} from "./ring.ts";

let setup: (WorkerSetup & { reader: BatchReader }) | undefined;

/** Does what the loader asks for. */
export async function hear(message: ToWorker, answer: Answer<FromWorker>): Promise<void> {
  if ("setup" in message) setup = { ...message.setup, reader: new BatchReader(message.setup) };
  else if ("close" in message) {
    await abandonedDecodes();
    self.close();
  } else if (setup) {
    const error = await work(setup, message.start, answer);
    answer({ ended: message.start.run, error, decoding: abandonedDecodes() !== null });
  }
}

serve(hear);

/** Fills slots until the run is over. @returns the error that ended it, if any. */
async function work(
  setup: WorkerSetup & { reader: BatchReader },
  { run, order, view }: WorkerRun,
  answer: Answer<FromWorker>,
): Promise<Error | undefined> {
  const { control, slots } = setup.ring;
  const batches = Math.ceil(order.length / setup.batch);
  const isOver = (): boolean => Atomics.load(control, CONTROL.run) !== run;
  try {
    for (;;) {
      const number = Atomics.add(control, CONTROL.next, 1);
      if (number >= batches || !waitForSlot(setup.ring, number, isOver)) return;
      const slot = number % slots.length;
      const broken = await setup.reader.read(order, view, number, slots[slot], isOver);
      if (isOver()) return;
      if (broken.length > 0) {
        answer({ broken });
        Atomics.add(control, CONTROL.broken, broken.length);
      }
      Atomics.store(control, CONTROL.ready + slot, number + 1);
      answer({ ready: number });
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Sleeps until the slot of the batch is free; returns false when the run ends before. */
function waitForSlot({ control, slots }: Ring, number: number, isOver: () => boolean): boolean {
  for (;;) {
    const used = Atomics.load(control, CONTROL.used);
    if (isOver()) return false;
    if (number - used < slots.length) return true;
    Atomics.wait(control, CONTROL.used, used);
  }
}
