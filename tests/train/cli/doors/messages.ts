/** Message to the Worker. */
export interface ToWorker {
  args: readonly string[];
  cache: string;
  temporaries: ReadonlyMap<string, string>;
  maker: MessagePort;
}
