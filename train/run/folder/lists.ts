import { listText } from "../../model/list.ts";
import { runFiles, type RunFolder } from "./run_folder.ts";
import type { Setup } from "../../setup/setup.ts";

/**
 * Writes lists of a run's training, test and validation images, if each image is a file of its own, and the names of the classes, if
 * the classes have names. `source: list` with these files and the same folder of images gives the same run, bit by bit.
 */
export async function writeLists(folder: RunFolder, { dataset, train, validation }: Setup): Promise<void> {
  const { root, test, classNames, numbered } = dataset;
  if (root === undefined || train.kind !== "encoded" || test.kind !== "encoded") return;
  await folder.write(runFiles.trainList, listText(root, train));
  await folder.write(runFiles.testList, listText(root, test));
  if (validation?.kind === "encoded") {
    await folder.write(runFiles.validationList, listText(root, validation));
  }
  if (!numbered) await folder.write(runFiles.classNames, classNames.map((name) => `${name}\n`).join(""));
}
