import { basename } from "node:path";
import { UsageError } from "../flags/errors.ts";
import { fromStanding } from "../flags/standing.ts";

/** A stage-1 model given on the command line. */
export interface Model {
  /** Name on the page and in file names. */
  name: string;
  /** The checkpoint. */
  file: string;
}

/** Allowed names, which are used in file names. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Reads the models of `--checkpoint NAME=FILE`; the default name is the file's own.
 *
 * @throws {UsageError} without models, on a name that cannot name a file, or on two equal names.
 */
export function modelsOf(checkpoints: readonly string[]): Model[] {
  if (checkpoints.length === 0) {
    throw new UsageError(
      "Cannot begin: it takes one model or more, none is given: add --checkpoint NAME=FILE for each",
    );
  }
  const models = checkpoints.map((text) => {
    // An equals sign behind a slash belongs to the path.
    const [, name, file] = /^([^=/\\]*)=(.*)$/s.exec(text) ?? [null, nameOf(text), text];
    if (NAME.test(name) && file !== "") return { name, file: fromStanding(file) };
    throw new UsageError(
      `Cannot read --checkpoint ${text}: it takes NAME=FILE with a name of letters, digits, dots, dashes and underscores`,
    );
  });
  const twice = models.find(({ name }, i) => models.findIndex((other) => other.name === name) < i);
  if (twice) {
    throw new UsageError(
      `Cannot take ${twice.name} twice: it takes models of different names: add NAME= to one`,
    );
  }
  return models;
}

function nameOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9._-]+/g, "-");
}
