import { DeviceError, DeviceLostError } from "../../engine/mod.ts";
import { againOf } from "../flags/again.ts";
import { UsageError } from "../flags/errors.ts";
import { type Flags, noFlags } from "../flags/flags.ts";
import { RunFolder } from "./folder/run_folder.ts";

/**
 * Reopens the folder of an interrupted run.
 *
 * @param settled Flags that the run keeps as they were, besides config and out.
 * @throws {UsageError} when such a flag is given.
 */
export function reopen(
  path: string,
  task: string,
  flags: Flags,
  settled: readonly ("seeds" | "ablations")[] = [],
): RunFolder {
  for (const name of ["config", "out", ...settled] as const) {
    if (flags[name] !== null) {
      throw new UsageError(
        `Cannot take --${name} with --resume: the run goes on in its folder with its own config`,
      );
    }
  }
  return RunFolder.reopen(path, task);
}

/** A command's attempt at its run, on a device that it opens itself. */
export class Attempt {
  /** The folder of the run; null before it is open. */
  folder: RunFolder | null = null;

  /** @param told A sentence for the user on why the run is attempted again; null at first. */
  constructor(private readonly told: string | null = null) {}

  /** Takes the folder of the run, from which another attempt goes on. */
  take(folder: RunFolder): void {
    this.folder = folder;
    if (this.told !== null) folder.news.push(this.told);
  }
}

/**
 * Attempts a run, and once more where the device is lost on the way: the second attempt goes on from the run's last save,
 * as the printed command with `--resume` does, on a new device.
 *
 * @param flags Flags of the command. @param run Makes an attempt with the flags given to it, and gives it the run's folder.
 * @throws {DeviceError} when the second attempt has no device either, or loses it; the message says how to go on.
 */
export async function withNewDevice(
  flags: Flags,
  run: (flags: Flags, attempt: Attempt) => Promise<number>,
): Promise<number> {
  const first = new Attempt();
  try {
    return await run(flags, first);
  } catch (error) {
    const { folder } = first;
    if (!(error instanceof DeviceLostError) || !folder?.goOn) throw error;
    const { quiet, json } = flags;
    const told = `${error.message}. It is opened again, once, and the run goes on from what was saved`;
    try {
      const again = { ...noFlags(), ...againOf(flags), resume: folder.path, quiet, json };
      return await run(again, new Attempt(told));
    } catch (again) {
      if (!(again instanceof DeviceError)) throw again;
      throw new DeviceError(
        `${again.message}: the device of this run was lost before, so that it is not opened a third time. To go on:\n` +
          `  ${folder.goOn}`,
        { cause: again },
      );
    }
  }
}
