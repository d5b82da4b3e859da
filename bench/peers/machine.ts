import { cpus } from "node:os";

/** Describes the processor, its threads and the system in a few words. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim().replace(/\s+/g, " ") || Deno.build.arch;
  return `${model}, ${navigator.hardwareConcurrency} threads, ${Deno.build.os}`;
}
