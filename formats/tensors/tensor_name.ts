import { CheckpointError } from "./checkpoint_error.ts";

/** Most letters of a name, and most parts between its dots; published networks come to 200 letters and 20 parts. */
const [LETTERS, PARTS] = [1000, 100];

/**
 * Checks the name of a tensor in a file: whoever looks for a network under a prefix tries each of its dots.
 *
 * @throws {CheckpointError} when it is far longer than any name of a network.
 */
export function checkTensorName(name: string): void {
  if (name.length <= LETTERS && name.split(".").length <= PARTS) return;
  throw new CheckpointError(
    `Cannot read the checkpoint: it takes names of ${LETTERS} letters and ${PARTS} parts at most, current is one of ` +
      `${name.length} letters, ${name.slice(0, 60)}…: the file is damaged`,
  );
}
