import { type BrokenImage, BrokenImagesError, type ImageSet } from "../../data/mod.ts";
import type { Processes } from "./team.ts";

/** The broken images that all ranks meet in one order of images: a pass, or an epoch. */
export class BrokenOfAll {
  /** Those that this rank met since the ranks added theirs up. */
  #own: BrokenImage[] = [];
  /** Those of all ranks by their place: with mixup, two ranks may meet the same image. Of the leader alone. */
  readonly #all = new Map<number, BrokenImage>();

  /** @param tell Tells of an image, once however often it is called; for the leader alone. */
  constructor(
    private readonly communicator: Processes,
    private readonly set: ImageSet,
    private readonly tell: (image: BrokenImage) => void = () => {},
  ) {}

  /** Takes a broken image that this rank met. */
  hear(image: BrokenImage): void {
    this.#own.push(image);
    this.tell(image);
  }

  /**
   * Adds up what the ranks heard; the leader tells of it. All ranks must call it.
   *
   * @throws {BrokenImagesError} in the leader, when more images are broken than the set allows.
   */
  async add(): Promise<void> {
    const { communicator, set } = this;
    if (set.kind !== "encoded") return;
    const texts = await communicator.gatherTexts(JSON.stringify(this.#own.splice(0)));
    if (communicator.rank > 0) return;
    const images: BrokenImage[] = texts.flatMap((text) => JSON.parse(text));
    for (const image of images) this.#all.set(image.index, image);
    if (this.#all.size > set.maxBroken) throw new BrokenImagesError([...this.#all.values()], set.maxBroken);
    images.forEach(this.tell);
  }
}
