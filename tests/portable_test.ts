import { assertEquals } from "@std/assert";
import { repository, sourceFiles, textOf } from "./source_files.ts";

// Nothing in the repository may depend on, or tell of, the machine it was written on.

/** Someone's folder, a registry's address in the lock file. */
const HOME_FOLDER = /\/(home|Users)\/\w+|\/root\//;

/** Each thing in a file that ties it to one machine, as a sentence that names it. */
function ties(path: string, text: string, checkout: string): string[] {
  const found: string[] = [];
  const home = text.match(HOME_FOLDER);
  if (home) found.push(`${path} names ${home[0]}`);
  if (text.includes(checkout)) found.push(`${path} names ${checkout}`);
  if (path === "deno.lock" && text.includes("://")) found.push(`${path} names a host`);
  return found;
}

Deno.test("portable: no file names a folder of one machine", () => {
  const files = sourceFiles().filter((path) => path !== "tests/portable_test.ts");
  assertEquals(files.flatMap((path) => ties(path, textOf(path), repository)), []);
});

Deno.test("portable: made-up ties are found by file name", () => {
  assertEquals(ties("a.ts", `read("/home/ann/x")`, "/ci/repo/"), ["a.ts names /home/ann"]);
  assertEquals(ties("a.md", "see /ci/repo/data", "/ci/repo/"), ["a.md names /ci/repo/"]);
  assertEquals(ties("deno.lock", `"tarball": "https://mirror/x.tgz"`, "/ci/repo/"), [
    "deno.lock names a host",
  ]);
  assertEquals(ties("a.ts", `read("./home")`, "/ci/repo/"), []);
});
