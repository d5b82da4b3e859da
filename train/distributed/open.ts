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
  /** Name and version of the MPI library. */
  version: string;
}

/** The processes of a job, seen by one of them. */
export type Job = MpiCommunicator & Readonly<Facts>;

/** Level of `MPI_Init_thread` that is asked for; any that MPI grants will do, as one thread makes all calls. */
const MPI_THREAD_MULTIPLE = 3;

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
  const granted = new Int32Array(1);
  checked(mpi, "MPI_Init_thread", mpi.call.MPI_Init_thread(0n, 0n, MPI_THREAD_MULTIPLE, granted));
  const { world, errorsReturn } = mpi.handles;
  checked(mpi, "MPI_Comm_set_errhandler", mpi.call.MPI_Comm_set_errhandler(world, errorsReturn));
  const [rank, size] = [new Int32Array(1), new Int32Array(1)];
  checked(mpi, "MPI_Comm_rank", mpi.call.MPI_Comm_rank(world, rank));
  checked(mpi, "MPI_Comm_size", mpi.call.MPI_Comm_size(world, size));
  checkSize(launcher, mpi.version, size[0]);
  const communicator = new MpiCommunicator(mpi, rank[0], size[0], most);
  const facts: Facts = { hosts: await communicator.gatherTexts(hostOf(mpi)), version: mpi.version };
  return Object.assign(communicator, facts);
}

function hostOf(mpi: Mpi): string {
  const [name, length] = [new Uint8Array(NAME_BYTES), new Int32Array(1)];
  checked(mpi, "MPI_Get_processor_name", mpi.call.MPI_Get_processor_name(name, length));
  return new TextDecoder().decode(name.subarray(0, length[0])).replace(/\0.*$/s, "");
}
