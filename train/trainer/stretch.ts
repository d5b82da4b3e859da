/** Longest stretch of steps that is submitted before the host waits for the device, in milliseconds. */
const MOST_MS = 1000;

/** Most bytes of a stretch's batches: they wait on the host until the device has taken them. */
const MOST_BYTES = 256 * 2 ** 20;

/** Fewest steps of a stretch, so that a slow device has its next step at hand. */
const FEWEST_STEPS = 2;

/** Bounds the work that waits on the device: the host submits steps in stretches and waits for each stretch. */
export class Stretch {
  #samples = 0;
  #bytes = 0;
  #steps = 0;
  #mark = performance.now();

  /** @param onDone Hears the number of samples of each stretch. */
  constructor(private readonly onDone: (samples: number) => void) {}

  /** Counts a step that was submitted. @returns True where the host is to wait for the device, then to end the stretch. */
  step(samples: number, bytes: number): boolean {
    this.#samples += samples;
    this.#bytes += bytes;
    this.#steps++;
    if (this.#steps < FEWEST_STEPS) return false;
    return this.#bytes >= MOST_BYTES || performance.now() - this.#mark >= MOST_MS;
  }

  /** Ends a stretch that the host has waited for. */
  end(): void {
    const samples = this.#samples;
    [this.#samples, this.#bytes, this.#steps, this.#mark] = [0, 0, 0, performance.now()];
    this.onDone(samples);
  }
}
