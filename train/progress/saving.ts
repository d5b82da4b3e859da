/** Saving of a run's work on the way, for whoever does the work. */
export interface Saving {
  /**
   * Tells whether the work is to be saved: by the time since the last save or, where a part of the run has just ended, at
   * once. Saves take a small share of the run's time: after one that took long the next comes later.
   *
   * @param atEnd True at the end of a part of the run. @throws {UnwrittenError} when an earlier save could not be written.
   */
  isDue(atEnd?: boolean): boolean;
  /** Packs the work as it stands now; writing it goes on behind the run. */
  save(): void;
}

/** Saves the work at the end of a part of the run, if a save is due. */
export function saveAtEnd(saving: Saving | undefined): void {
  if (saving?.isDue(true)) saving.save();
}
