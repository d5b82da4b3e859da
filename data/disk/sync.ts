/**
 * Waits until the names in a folder are on disk: a file that was renamed keeps its new name through a power cut. Nothing
 * is done where the system opens no folder (Windows), or the process may not read the folder.
 */
export async function syncFolder(folder: string): Promise<void> {
  try {
    using names = await Deno.open(folder);
    await names.sync();
  } catch {
    // The file itself is written: without its name on disk a power cut may leave the one before.
  }
}
