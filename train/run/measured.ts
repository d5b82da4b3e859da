import type { ImageSet } from "../../data/mod.ts";
import type { Config } from "../config/load.ts";
import type { Member } from "../decision/decide.ts";
import { passesOf } from "../features/pass.ts";
import { imageScores } from "../features/scores.ts";
import { readNamed } from "../flags/errors.ts";
import type { ModelKeys } from "../model/keys.ts";
import { openModel } from "../predict/open.ts";
import { Panel } from "../predict/panel.ts";
import { COST, type Piece } from "../progress/plan.ts";
import { unplanned } from "../progress/progress.ts";
import type { Throughput } from "../results/records.ts";
import type { State } from "../setup/setup.ts";
import type { Session } from "./session.ts";

/** The models that a command measures together: that of its session, and those of further files. */
export class Measured implements Disposable {
  /** Speed of the session's model. */
  throughput: Throughput = { forwardImagesPerSecond: 0, dataWaitShare: 0 };

  private constructor(
    private readonly session: Session,
    private readonly further: Panel | null,
    /** Number of models. */
    readonly count: number,
    private readonly open: Disposable,
  ) {}

  /**
   * Opens further models beside the session's.
   *
   * @param files Their checkpoints, of any network for the same classes.
   * @throws {Error} when a checkpoint does not fit.
   */
  static async open(session: Session, files: readonly string[], cache: string): Promise<Measured> {
    const { setup, config, progress, signal } = session;
    const { classNames, mean, std, test } = setup.dataset;
    const { network, family, memoryBudget, tune, workers } = config;
    const otherwise: Partial<ModelKeys> = {
      ...{ network, names: [...classNames], mean: [...mean], std: [...std], counts: [...setup.counts] },
      size: [test.height, test.width],
      resize: (test.kind === "encoded" ? test.shorter : Math.min(test.height, test.width)) ?? "none",
    };
    using stack = new DisposableStack();
    const models = [];
    for (const path of files) {
      const bytes = await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path));
      const file = {
        path,
        bytes,
        said: {},
        asFlags: true,
        model: null,
        ensemble: null,
        classNames,
        otherwise,
      };
      models.push(stack.use(await openModel(file, { family, memoryBudget, tune, cache }, progress)));
    }
    const further = models.length > 0
      ? stack.use(new Panel(models, { workers, progress: unplanned(progress), signal }))
      : null;
    return new Measured(session, further, 1 + models.length, stack.move());
  }

  /** The passes over a set, for the plan of a run. */
  pieces({ count }: ImageSet, name: string): Piece[] {
    const models = Array.from({ length: this.count }, (_, i) => i === 0 ? name : `${name} by model ${i + 1}`);
    const { tta } = this.session.config;
    return models.flatMap((name) => passesOf(tta, name)).map(({ name }) => ({
      name,
      total: count,
      cost: COST.forward,
    }));
  }

  /** Logits of images by all models, for each look at them. */
  async members(set: ImageSet, name: string): Promise<Member[]> {
    const own = await this.own(set, name);
    const others = await this.further?.members(set, `${name} by model 2`, this.session.config.tta) ?? [];
    return [...own, ...others];
  }

  /** Logits of images by the session's network alone. @param state Its weights; by default those of stage 1. */
  async own(set: ImageSet, name: string, state: State = this.session.setup.stage1): Promise<Member[]> {
    const { setup, config, progress, signal } = this.session;
    const looks = { set, tta: config.tta };
    const heard = { progress: unplanned(progress), signal };
    const { scores: [scores], throughput } = await imageScores(setup, config, [[name, state]], looks, heard);
    this.throughput = throughput;
    return scores.map((logits) => ({ logits }));
  }

  [Symbol.dispose](): void {
    this.open[Symbol.dispose]();
  }
}

/** The images that a config chooses its point by, where their number is known before the run; null where it is not. */
export function choosingSet(
  { setup: { validation } }: Session,
  { adjust: { t, unlabelled } }: Pick<Config, "adjust">,
): ImageSet | null {
  return t === "auto" && unlabelled === null ? validation : null;
}
