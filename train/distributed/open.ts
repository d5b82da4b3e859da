import { libraryFile } from "../machine/fetched_library.ts";
import { checkSize, findLauncher } from "./launcher.ts";
import { findMpi } from "./library.ts";
import { loadMpi, type Mpi } from "./mpi.ts";
import { MpiCommunicator } from "./mpi_communicator.ts";
import { checked } from "./mpi_error.ts";

/** Options of {@linkcode openCommunicator}. */
export interface CommunicatorOptions {
  /** File or address of the MPI library; by default the system's. */
  library?: string | null;
  /** Most values of one call of MPI; smaller in tests. */
  most?: number;
}

/** Facts about a job. */
interface Facts {
  /** Host of each rank. */
  hosts: readonly string[];
  /** Place of this process among those of its host, from 0. */
  localRank: number;
  /** Name and version of the MPI library. */
  version: string;
  /** The calls that MPI allows from several threads, in its own word. */
  threads: string;
}

/** The processes of a job, seen by one of them. */
export type Job = MpiCommunicator & Readonly<Facts>;

/** Levels of `MPI_Init_thread`. */
const THREADS = ["MPI_THREAD_SINGLE", "MPI_THREAD_FUNNELED", "MPI_THREAD_SERIALIZED", "MPI_THREAD_MULTIPLE"];

/** `MPI_MAX_PROCESSOR_NAME` of the libraries that are known, at most. */
const NAME_BYTES = 256;

/**
 * Joins the job that `mpirun` or another launcher of MPI started this process for. All its processes must do so. Once in a
 * process; without a launcher the process is alone in its job.
 *
 * @throws {Error} when there is no MPI library that can be used, or it does not belong to the launcher.
 */
export async function openCommunicator({ library = null, most }: CommunicatorOptions = {}): Promise<Job> {
  const launcher = findLauncher();
  const given = library === null ? null : await libraryFile(library);
  const mpi = loadMpi(findMpi(given, launcher?.family ?? null));
  const level = new Int32Array(1);
  checked(mpi, "MPI_Init_thread", mpi.call.MPI_Init_thread(0n, 0n, THREADS.length - 1, level));
  const { world, errorsReturn } = mpi.handles;
  checked(mpi, "MPI_Comm_set_errhandler", mpi.call.MPI_Comm_set_errhandler(world, errorsReturn));
  const [rank, size] = [new Int32Array(1), new Int32Array(1)];
  checked(mpi, "MPI_Comm_rank", mpi.call.MPI_Comm_rank(world, rank));
  checked(mpi, "MPI_Comm_size", mpi.call.MPI_Comm_size(world, size));
  checkSize(launcher, mpi.version, size[0]);
  const communicator = new MpiCommunicator(mpi, rank[0], size[0], most);
  const hosts = await communicator.gatherTexts(hostOf(mpi));
  const localRank = hosts.slice(0, rank[0]).filter((host) => host === hosts[rank[0]]).length;
  const facts: Facts = { hosts, localRank, version: mpi.version, threads: THREADS[level[0]] };
  return Object.assign(communicator, facts);
}

function hostOf(mpi: Mpi): string {
  const [name, length] = [new Uint8Array(NAME_BYTES), new Int32Array(1)];
  checked(mpi, "MPI_Get_processor_name", mpi.call.MPI_Get_processor_name(name, length));
  return new TextDecoder().decode(name.subarray(0, length[0])).replace(/\0.*$/s, "");
}
