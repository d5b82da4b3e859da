// The thread that started the program makes all its Workers. Its own are as quick as Workers can be; those of a Worker
// begin and hear late (data/workers/start.ts).

import type { MakeWorker } from "../../../data/workers/mod.ts";
import { answerSignal } from "../../terminal/answer_signal.ts";
import { signalScript } from "../../terminal/interrupt.ts";
import type { FromSignalWorker, ToSignalWorker } from "../../terminal/signals.ts";

/** Wishes of a confined Worker: to start a Worker, by a number, or to end it. */
type ToMaker = { start: number; script: string; name: string; port: MessagePort } | { end: number };

/** The answer about a Worker that failed. */
interface FromMaker {
  failed: number;
  message: string;
}

/** The houses that have Workers. */
const HOUSES = ["data/", "train/"].map((name) => new URL(`../../../${name}`, import.meta.url).href);

/**
 * Makes the Workers that a confined Worker asks for over a port. They have its permissions, and their modules are the
 * program's own.
 */
export function makeWorkersFor(asking: MessagePort, permissions: Deno.PermissionOptionsObject): void {
  const ends = new Map<number, () => void>();
  asking.onmessage = ({ data }: MessageEvent<ToMaker>) => {
    if ("end" in data) {
      ends.get(data.end)?.();
      ends.delete(data.end);
      return;
    }
    const { start, name, port } = data;
    const failed = (message: string) => asking.postMessage({ failed: start, message } satisfies FromMaker);
    try {
      const script = ownScript(data.script);
      ends.set(start, script === signalScript.href ? listenHere(port) : begin(script, failed));
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
    }

    function begin(script: string, failed: (message: string) => void): () => void {
      const worker = new Worker(script, { type: "module", name: String(name), deno: { permissions } });
      worker.onerror = (event) => {
        event.preventDefault();
        failed(event.message);
      };
      worker.postMessage(port, [port]);
      return () => worker.terminate();
    }
  };
}

/** Listens for signals in this thread, which is never busy. */
function listenHere(port: MessagePort): () => void {
  let end = () => {};
  port.onmessage = ({ data }: MessageEvent<ToSignalWorker>) => {
    end = answerSignal(data, (message: FromSignalWorker) => port.postMessage(message));
  };
  return () => {
    end();
    port.close();
  };
}

/** The address of a module of the program. @throws {TypeError} for other addresses. */
function ownScript(script: string): string {
  const { href } = new URL(script);
  if (HOUSES.some((house) => href.startsWith(house))) return href;
  throw new TypeError(`Cannot start a Worker: it takes a module of this program, current is ${href}`);
}

/** The maker of Workers that asks the thread at the other end of a port. */
export function askingFor(port: MessagePort): MakeWorker {
  const failures = new Map<number, (message: string) => void>();
  let count = 0;
  port.onmessage = ({ data: { failed, message } }: MessageEvent<FromMaker>) =>
    failures.get(failed)?.(message);
  return (script, name, own, failed) => {
    const number = count++;
    failures.set(number, failed);
    port.postMessage({ start: number, script: script.href, name, port: own } satisfies ToMaker, [own]);
    return () => {
      failures.delete(number);
      port.postMessage({ end: number } satisfies ToMaker);
    };
  };
}
