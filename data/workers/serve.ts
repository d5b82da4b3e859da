/// <reference lib="deno.worker" />

/** Posts a message to the Worker's owner; what is transferred is the owner's from then on. */
export type Answer<From> = (message: From, transfer?: Transferable[]) => void;

/**
 * Serves the owner of this Worker, which started it by `startWorker`. An error in `hear` that nothing catches ends the Worker,
 * and its owner is told.
 *
 * @param hear Called with each message of the owner.
 */
export function serve<To, From>(hear: (message: To, answer: Answer<From>) => unknown): void {
  // The one message that comes by the Worker's own channel is the port for all others.
  self.onmessage = ({ data: port }: MessageEvent<MessagePort>) => {
    const answer: Answer<From> = (message, transfer = []) => port.postMessage(message, transfer);
    port.onmessage = ({ data }: MessageEvent<To>) => void hear(data, answer);
    port.onmessageerror = () => {
      throw new Error("Cannot serve: a message to this Worker cannot be read");
    };
  };
}
