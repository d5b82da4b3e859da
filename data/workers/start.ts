/** A Worker as its owner has it. */
export interface StartedWorker<To> {
  /** Posts a message to it; what is transferred is the Worker's from then on. */
  post(message: To, transfer?: Transferable[]): void;
  /** Ends it at once, whatever it does; nothing is heard of it any more. */
  terminate(): void;
}

/** Hears of a Worker for its owner. */
export interface WorkerListener<From> {
  /** Called with each message. */
  onMessage(message: From): void;
  /** Called once at most, with the error that ended the Worker, in words. */
  onError(message: string): void;
}

/**
 * Makes a Worker and hands a port over to it.
 *
 * @param failed Called with the error that ended the Worker. @returns A function that ends the Worker.
 */
export type MakeWorker = (
  script: URL,
  name: string,
  port: MessagePort,
  failed: (message: string) => void,
) => () => void;

const makeHere: MakeWorker = (script, name, port, failed) => {
  const worker = new Worker(script, { type: "module", name });
  worker.onerror = (event) => {
    event.preventDefault(); // its owner is told instead
    failed(event.message);
  };
  worker.postMessage(port, [port]);
  return () => worker.terminate();
};

let make = makeHere;

/**
 * Lets another thread make the Workers of this one: Deno 2.9 begins a Worker of a Worker half a second late, and brings it
 * its first message half a second late, waiting for a debugger (`wait_for_page_wait_for_debugger` in its inspector).
 *
 * @returns The maker until now.
 */
export function makeWorkersBy(maker: MakeWorker): MakeWorker {
  const before = make;
  make = maker;
  return before;
}

/**
 * Starts a Worker whose module calls {@linkcode serve}. It keeps the process alive until it ends.
 *
 * @param script The Worker's module. @param name Its name in the messages of Deno.
 */
export function startWorker<To, From>(
  script: URL,
  name: string,
  { onMessage, onError }: WorkerListener<From>,
): StartedWorker<To> {
  const { port1: port, port2 } = new MessageChannel();
  const hearNoMore = () => {
    port.onmessage = null; // one may have come already
    port.close();
  };
  const failed = (message: string) => {
    hearNoMore();
    onError(message);
  };
  port.onmessage = ({ data }: MessageEvent<From>) => onMessage(data);
  port.onmessageerror = () => failed("its message cannot be read");
  try {
    const end = make(script, name, port2, failed);
    return {
      post: (message, transfer = []) => port.postMessage(message, transfer),
      terminate() {
        end();
        hearNoMore();
      },
    };
  } catch (error) {
    hearNoMore();
    throw error;
  }
}
