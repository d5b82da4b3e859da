// Reads the inputs of a format one after the other, and tells what became of each.
import { cpuUsage } from "node:process";
import { getHeapStatistics } from "node:v8";
import { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { bytesOf, rawness, same } from "./judge.ts";
import { mutate } from "../mutate.ts";

/** Share of the inputs that stay as they were made, which have to be read. */
const WHOLE = 0.1;

/**
 * Memory that a file may take: so many times its bytes, and so many more; and what reading takes of any file, with the
 * garbage that V8 lets lie before it collects its young values.
 */
const [TIMES, ROOM, READING] = [8, 64 * 2 ** 20, 2 ** 24];

/** The end of a reading. */
export interface Reading {
  end: "refused" | "accepted";
  /** The fault of the product; null where there is none. */
  fault: string | null;
  /** Milliseconds by the clock or by the processor, whichever are fewer: other programs take from the clock alone. */
  ms: number;
  /** Bytes that the thread held more than before, at the end. */
  memory: number;
}

/** An input and what it was made of. */
export async function inputOf(format: Format, seed: number, index: number) {
  const draw = new Draw(seed, index);
  const sample = await format.make(draw);
  const whole = draw.chance(WHOLE);
  return { sample, whole, bytes: whole ? sample.bytes : mutate(draw, sample, format) };
}

/** Reads an input. @param begun Called when the time begins. @param ended Called when it ends. */
export async function readInput(
  format: Format,
  seed: number,
  index: number,
  begun: () => void = () => {},
  ended: () => void = () => {},
): Promise<Reading> {
  const { sample, whole, bytes } = await inputOf(format, seed, index);
  const given = bytes.slice();
  begun();
  const [start, spent, before] = [performance.now(), cpuUsage(), held()];
  let value: unknown, thrown: unknown;
  let end: Reading["end"] = "accepted";
  try {
    value = await format.read(given);
  } catch (error) {
    [end, thrown] = ["refused", error];
  }
  const { user, system } = cpuUsage(spent);
  const ms = Math.min(performance.now() - start, (user + system) / 1000);
  ended();
  const memory = held() - before;
  const most = TIMES * bytes.length + ROOM + READING + (end === "accepted" ? bytesOf(value) : 0);
  const fault = end === "refused"
    ? whole ? `a valid file is refused: ${thrown}` : rawness(thrown, format)
    : whole && "value" in sample && !same(value, sample.value)
    ? "a valid file gives another value"
    : disagreement(format, value, bytes, sample);
  return {
    end,
    fault: fault ?? (memory > most ? `${memory} bytes held, ${most} at most` : null),
    ms,
    memory,
  };
}

/** A fault of an accepted value, by the other reader of the format. */
function disagreement(format: Format, value: unknown, bytes: Uint8Array, sample: Sample): string | null {
  try {
    return format.agrees?.(value, bytes, sample) ?? null;
  } catch (error) {
    return `the other reader refuses what was accepted: ${error}`;
  }
}

/** `Deno.memoryUsage` gives the same sum, in 15 times the time: it asks the system for resident memory too. */
function held(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
