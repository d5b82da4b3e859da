import { assertEquals, assertThrows } from "@std/assert";
import { familyOf, mpichHandles, openMpiHandles } from "../../../train/distributed/handles.ts";
import { checkSize, findLauncher } from "../../../train/distributed/launcher.ts";
import { findMpi, mpiFiles } from "../../../train/distributed/library.ts";
import { type Mpi, nameIn } from "../../../train/distributed/mpi.ts";
import { checked } from "../../../train/distributed/mpi_error.ts";

const OPEN_MPI = "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022";
const MPICH = "MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr 7 12:34:45 CDT 2022\n";

Deno.test("the family of an MPI library is known by its version", () => {
  assertEquals(familyOf(OPEN_MPI, "x"), "Open MPI");
  assertEquals(familyOf(MPICH, "x"), "MPICH");
  assertEquals(familyOf("Intel(R) MPI Library 2021.10 for Linux* OS\n", "x"), "MPICH");
  assertEquals(familyOf("MPI VERSION    : CRAY MPICH version 8.1.25.17 (ANL base 3.4a2)\n", "x"), "MPICH");
  assertEquals(familyOf("MVAPICH2 Version      :\t2.3.7\n", "x"), "MPICH");
  assertEquals([OPEN_MPI, MPICH].map(nameIn), ["Open MPI v4.1.4", "MPICH Version: 4.0.2"]);
  const unknown: [string, string][] = [
    ["FoMPI 1.0, of today", "current is FoMPI 1.0"],
    ["", "current is one without a name"],
    ["Open MPIX v1", "current is Open MPIX v1"],
  ];
  for (const [version, words] of unknown) {
    assertThrows(
      () => familyOf(version, "/lib/a.so"),
      Error,
      `Cannot use the MPI library /lib/a.so: it takes Open MPI`,
    );
    assertThrows(() => familyOf(version, "/lib/a.so"), Error, words);
  }
});

Deno.test("Open MPI's handles are addresses, MPICH's are numbers", () => {
  const handles = openMpiHandles({
    ompi_mpi_comm_world: null,
    ompi_mpi_float: null,
    ompi_mpi_byte: null,
    ompi_mpi_op_sum: null,
    ompi_mpi_errors_return: null,
  });
  assertEquals([handles.kind, mpichHandles.kind], ["pointer", "i32"]);
  assertEquals([handles.inPlace, BigInt.asIntN(64, mpichHandles.inPlace)], [1n, -1n]);
});

Deno.test("the library is looked for by the launcher's family, and a given one is taken as it is", () => {
  const there = ["/usr/lib64/libmpi.so.40", "/usr/lib64/libmpich.so.12", "/opt/own.so"];
  const find = (given: string | null, family: Parameters<typeof findMpi>[1]) =>
    findMpi(given, family, (path) => there.includes(path.replaceAll("\\", "/")));
  if (Deno.build.os === "linux") {
    assertEquals(find(null, null), there[0]);
    assertEquals(find(null, "Open MPI"), there[0]);
    assertEquals(find(null, "MPICH"), there[1]);
  }
  assertEquals(find("/opt/own.so", "MPICH"), "/opt/own.so");
  assertThrows(() => find("/opt/other.so", null), Error, "there is no MPI library /opt/other.so");
  assertThrows(
    () => findMpi(null, "MPICH", () => false),
    Error,
    "this system has no MPICH library in a usual place",
  );
  assertEquals(mpiFiles("MPICH", "linux").every((path) => /libmpi(ch)?\.so\.12$/.test(path)), true);
  assertEquals(mpiFiles(null, "windows"), []);
});

Deno.test("a launcher of another family than the library's is told", () => {
  assertEquals(findLauncher(() => undefined), null);
  const started = (name: string, size: string) => findLauncher((of) => of === name ? size : undefined);
  assertEquals(started("OMPI_COMM_WORLD_SIZE", "4"), { family: "Open MPI", size: 4 });
  assertEquals(started("PMI_SIZE", "2"), { family: "MPICH", size: 2 });
  assertEquals(started("PMI_SIZE", ""), null);
  assertThrows(
    () => checkSize({ family: "MPICH", size: 2 }, "Open MPI v4.1.4", 1),
    Error,
    "the launcher of MPICH started 2 processes, but Open MPI v4.1.4 sees one",
  );
  checkSize({ family: "MPICH", size: 1 }, "MPICH", 1);
  checkSize({ family: "MPICH", size: 2 }, "MPICH", 2);
  checkSize(null, "MPICH", 1);
});

Deno.test("an error of MPI is told in its own words", () => {
  const words = new TextEncoder().encode("MPI_ERR_TRUNCATE: message truncated\0rest");
  const call = {
    MPI_Error_string: (_: number, text: Uint8Array, length: Int32Array) => {
      text.set(words);
      length[0] = words.length;
      return 0;
    },
  };
  const mpi = { path: "x", version: "Open MPI v4.1.4", handles: mpichHandles, call } as unknown as Mpi;
  assertThrows(
    () => checked(mpi, "MPI_Test", 15),
    Error,
    "MPI_Test of Open MPI v4.1.4 failed: MPI_ERR_TRUNCATE: message truncated",
  );
  checked(mpi, "MPI_Test", 0);
});
