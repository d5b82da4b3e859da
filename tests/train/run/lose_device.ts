// Devices that are lost while a command is at work: each is destroyed after so many submits, or as soon as it is opened.

/** Destroys the devices that this process opens, when it is told to; disposal makes WebGPU what it was. */
export class LostDevices implements Disposable {
  /** Number of devices that were opened so far. */
  opened = 0;
  /** Number of devices that were destroyed so far. */
  lost = 0;
  #submits = Infinity;
  #device: GPUDevice | null = null;
  readonly #restore = new DisposableStack();

  constructor() {
    const [adapter, queue] = [GPUAdapter.prototype, GPUQueue.prototype];
    const { requestDevice } = adapter;
    const { submit } = queue;
    const losing = this as LostDevices;
    adapter.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor);
      losing.#device = device;
      losing.opened++;
      if (losing.#submits === 0) losing.#destroy();
      return device;
    };
    queue.submit = function (commands) {
      if (losing.#device?.queue === this && --losing.#submits === 0) losing.#destroy();
      return submit.call(this, commands);
    };
    this.#restore.defer(() => Object.assign(adapter, { requestDevice }));
    this.#restore.defer(() => Object.assign(queue, { submit }));
  }

  /** Destroys the newest device at its n-th submit from now on; 0: the next device as soon as it is opened. */
  after(submits: number): void {
    this.#submits = submits;
  }

  #destroy(): void {
    this.#submits = Infinity;
    this.lost++;
    this.#device!.destroy();
  }

  [Symbol.dispose](): void {
    this.#restore.dispose();
  }
}
