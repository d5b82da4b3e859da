/**
 * Files that are written whole, the folders that they go to, and disks that take no more.
 *
 * @module
 */
export { explain, isFull, NO_HANDLES, OUT_OF_HANDLES, UnwrittenError } from "./cause.ts";
export { needHandles, WORKER_HANDLES } from "./handles.ts";
export { PATIENCE, type Patience, persist, tellWriter, waitingForRoom, type Writer } from "./room.ts";
export { syncFolder } from "./sync.ts";
export {
  exists,
  isTemporary,
  knowTemporaries,
  makeTemporary,
  prepareFile,
  probe,
  removeEmpty,
  removeFile,
  removeTemporary,
  temporaryOf,
  tryLock,
  writeAll,
  writeWhole,
} from "./whole_file.ts";
