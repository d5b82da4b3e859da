/**
 * Workers whose messages arrive at once, wherever they are started.
 *
 * @module
 */
export { type Answer, serve } from "./serve.ts";
export {
  type MakeWorker,
  makeWorkersBy,
  type StartedWorker,
  startWorker,
  type WorkerListener,
} from "./start.ts";
