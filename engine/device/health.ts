import { DeviceError, DeviceLostError } from "../graph/errors.ts";

/** The way out where the adapter has less memory than the budget. */
export const LESS_MEMORY = "lower the batch size, or close what else uses the GPU";

/** The state of a device: nothing that it does counts any more after its first error. */
export class Health {
  /** The first error, or the loss of the device; null while all is well. */
  error: DeviceError | null = null;
  /** False once the device is given back: that it is lost then is no error. */
  open = true;
  /** The refusal that is the error, where it is one. */
  #refusal: DeviceError | null = null;

  /** Listens from now on. */
  constructor(private readonly gpu: GPUDevice) {
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as GPUUncapturedErrorEvent;
      const cause = error instanceof GPUOutOfMemoryError ? `: ${LESS_MEMORY}` : "";
      this.error ??= new DeviceError(`Cannot go on with this device: it reported: ${error.message}${cause}`);
    });
    gpu.lost.then(({ message, reason }) => {
      if (!this.open) return;
      const cause = message ? `: ${message}` : "";
      // A loss may show first as an error of what it made invalid.
      const before = this.error ? `, after an error: ${this.error.message}` : "";
      this.error = new DeviceLostError(
        `Cannot go on with this device: it was lost (${reason})${cause}${before}`,
      );
    });
  }

  /** Takes the news of steps that WebGPU refused; the second time it knows which of them. */
  refused(words: string): void {
    if (this.error !== this.#refusal) return; // an earlier error says more
    this.error = this.#refusal = new DeviceError(`Cannot go on with this device: ${words}`);
  }

  /** Waits until the device is lost, or for so many milliseconds where it is not. */
  async lostWithin(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([this.gpu.lost, promise]);
    clearTimeout(timer);
  }
}
