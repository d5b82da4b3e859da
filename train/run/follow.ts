import { loadState, nameOf, type Network } from "../../engine/mod.ts";
import type { TrainConfig } from "../config/schema/train.ts";
import { Extractor } from "../features/extractor.ts";
import { assist } from "../features/together.ts";
import { IMAGENET } from "../pretrained/published.ts";
import { silent } from "../progress/progress.ts";
import type { Setup, State } from "../setup/setup.ts";
import { setUp, type SetupOptions } from "../setup/set_up.ts";
import type { Processes } from "../team/team.ts";
import { checkSame } from "../team/same.ts";
import { type Extract, type Order, unpackOrder } from "../team/orders.ts";
import { BrokenOfAll } from "../team/broken.ts";
import { Pace } from "../team/pace.ts";
import { Share } from "../team/share.ts";
import { epochOf } from "../trainer/epoch.ts";
import { imageTrainer } from "../trainer/method_of.ts";
import { runAll } from "../trainer/steps/step_plans.ts";
import { imageSource } from "../trainer/source.ts";

type OrderOf<Kind extends Order["kind"]> = Order & { kind: Kind };

/** Never aborted: the leader alone ends the work. */
const never = new AbortController().signal;

/** The places of this process's own files. */
export type Files = Pick<SetupOptions, "cache" | "jpegLibrary">;

/**
 * Follows the orders of a run's leader until the run is over. Weights come with the orders: of files it reads those of the
 * data alone.
 *
 * @throws {Error} when data or device cannot be opened, or the data are not the leader's.
 */
export async function follow(communicator: Processes, files: Files): Promise<void> {
  using stack = new DisposableStack();
  let member: Member | null = null;
  for (;;) {
    const { order, state } = await nextOrder(communicator);
    switch (order.kind) {
      case "open":
        member = stack.use(await Member.open(communicator, order.config, files));
        break;
      case "check":
        member!.check(order.digests);
        break;
      case "extract":
        await member!.extract(order, state);
        break;
      case "train":
        await member!.train(order, state);
        break;
      case "end":
        return;
    }
  }
}

async function nextOrder(communicator: Processes): Promise<ReturnType<typeof unpackOrder>> {
  return unpackOrder(await communicator.broadcast(new Uint8Array()));
}

/** The data and the device of a process that follows orders, and what it computes with. */
class Member implements Disposable {
  readonly #share: Share;
  #extractor: { seed: number; extractor: Extractor } | null = null;
  #training: ReturnType<Member["trainingOf"]> | null = null;

  private constructor(
    private readonly communicator: Processes,
    private readonly setup: Setup,
    private readonly config: OrderOf<"open">["config"],
  ) {
    this.#share = new Share(communicator);
  }

  static async open(
    communicator: Processes,
    config: OrderOf<"open">["config"],
    files: Files,
  ): Promise<Member> {
    const { data, pretrained } = config;
    const { mean, std } = pretrained === null
      ? data
      : { mean: data.mean ?? [...IMAGENET.mean], std: data.std ?? [...IMAGENET.std] };
    const own = {
      ...config,
      checkpoint: null,
      checkpointList: null,
      pretrained: null,
      data: { ...data, mean, std },
    };
    return new Member(communicator, await setUp(own, silent, { ...files, draw: zeros }), config);
  }

  /** @param digests Those of rank 0. @throws {Error} when the images here are others. */
  check(digests: string): void {
    checkSame(this.setup, digests);
  }

  /** Computes features of this process's part of a set. @param state Values of the network. */
  async extract(order: Extract, state: State): Promise<void> {
    const { setup, config } = this;
    this.#training?.trainer.release(); // training and evaluation take turns at the memory
    this.#load(state);
    if (this.#extractor?.seed !== order.seed) {
      this.#extractor?.extractor[Symbol.dispose]();
      const { batch, workers } = config;
      const extractor = new Extractor(setup, { batch, workers, seed: order.seed }, silent, never);
      this.#extractor = { seed: order.seed, extractor };
    }
    const { train, validation, dataset: { test } } = setup;
    await assist(
      this.communicator,
      this.#extractor.extractor,
      { train, validation, test }[order.set]!,
      order,
    );
  }

  /** Takes steps of an epoch, as long as the leader orders them. @param state Values of the network and of the training. */
  async train({ config, epoch, left }: OrderOf<"train">, state: State): Promise<void> {
    const { setup } = this;
    const key = JSON.stringify(config);
    if (this.#training?.key !== key) {
      this.#training?.[Symbol.dispose]();
      this.#training = this.trainingOf(config, key);
    }
    const { trainer, source } = this.#training;
    this.#load(state);
    trainer.load(state);
    const pace = new Pace(this.communicator);
    const facts = epochOf(setup, config, epoch);
    const from = facts.order.length - left;
    const batches = (await source.open(epoch, trainer.most))(facts.order.subarray(from), state);
    const next = Symbol.asyncIterator in batches
      ? batches[Symbol.asyncIterator]()
      : batches[Symbol.iterator]();
    for (let step = from / config.batch;; step++) {
      // Shaders are compiled and images loaded while the leader does so.
      const { value: batch } = await next.next();
      const runs = batch && await trainer.runs(batch, { ...facts, step });
      const { order } = await nextOrder(this.communicator);
      if (order.kind === "pause") {
        await next.return?.();
        if (!order.isWhole) return;
        await pace.busy();
        return await source.addBroken(new BrokenOfAll(this.communicator, setup.train));
      }
      await runAll(runs!);
    }
  }

  [Symbol.dispose](): void {
    this.#extractor?.extractor[Symbol.dispose]();
    this.#training?.[Symbol.dispose]();
    this.setup[Symbol.dispose]();
  }

  private trainingOf(config: TrainConfig, key: string) {
    using stack = new DisposableStack();
    const trainer = stack.use(imageTrainer(this.setup, config, this.#share));
    const source = stack.use(imageSource(this.setup, config, silent, never, this.#share));
    const open = stack.move();
    return { key, trainer, source, [Symbol.dispose]: () => open.dispose() };
  }

  #load(state: State): void {
    loadState([...this.setup.backbone, this.setup.statistics], state);
  }
}

/** A state that waits for the leader's. */
function zeros({ backbone, statistics, classifier }: Network): State {
  return new Map(
    [...backbone, ...statistics, ...classifier.tensors].map((tensor) => [
      nameOf(tensor),
      new Float32Array(tensor.size),
    ]),
  );
}
