import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isAddress } from "../../../train/flags/address.ts";
import { fetchedFile, fetchLibrary, libraryFile } from "../../../train/machine/fetched_library.ts";

const folder = Deno.makeTempDirSync();
const bytes = new TextEncoder().encode("native code");
const digest = createHash("sha256").update(bytes).digest("hex");
const address = `https://example.org/lib/libmpi.so#sha256=${digest}`;

/** Fetches these bytes. */
const fetching = (given: Uint8Array) => ({ url, location }: { url: string; location: string }) => {
  assertEquals(url, "https://example.org/lib/libmpi.so");
  const path = join(location, "fetched.so");
  Deno.writeFileSync(path, given);
  return Promise.resolve(path);
};

const never = () => Promise.reject(new Error("it was to be fetched again"));

Deno.test("a library is fetched once, and only if its digest is the given one", async () => {
  await assertRejects(
    () => fetchLibrary(address, folder, fetching(new Uint8Array(3))),
    Error,
    `Cannot use the library ${address}: its SHA-256 is `,
  );
  assertEquals([...Deno.readDirSync(join(folder, "libraries"))], []);
  const file = await fetchLibrary(address, folder, fetching(bytes));
  assertEquals([file, Deno.readFileSync(file)], [fetchedFile(address, folder), bytes]);
  assertEquals(await fetchLibrary(address, folder, never), file);
  // A file that changed since is fetched anew.
  Deno.writeTextFileSync(file, "other code");
  await assertRejects(() => fetchLibrary(address, folder, never), Error, "it was to be fetched again");
});

Deno.test("processes that fetch a library at the same time into one folder do not meet", async () => {
  const own = Deno.makeTempDirSync();
  const locations = new Set<string>();
  const [first, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const behind = (turn: Promise<void>) => async (options: { url: string; location: string }) => {
    locations.add(options.location);
    await turn;
    return await fetching(bytes)(options);
  };
  const fetches = [first, last].map(({ promise }) => fetchLibrary(address, own, behind(promise)));
  first.resolve();
  await fetches[0];
  last.resolve();
  assertEquals(await Promise.all(fetches), Array(2).fill(fetchedFile(address, own)));
  assertEquals([locations.size, [...Deno.readDirSync(join(own, "libraries"))].length], [2, 1]);
});

Deno.test("a library that is named without its folder is the one where the user stands", async () => {
  assertEquals(await libraryFile("libmpi.so"), join(Deno.cwd(), "libmpi.so"));
});

Deno.test("an address without a digest is refused", async () => {
  for (const wrong of ["", "#sha256=12", `#md5=${digest}`, `#sha256=${digest}0`]) {
    const given = `https://example.org/libmpi.so${wrong}`;
    assertThrows(() => fetchedFile(given, folder), SyntaxError, "an address ends in #sha256=");
    await assertRejects(() => fetchLibrary(given, folder, never), SyntaxError);
  }
  assertEquals(["https://a/b.so", "HTTP://a/", "file:///b.so", "/b.so", "b.so", "C:\\b.dll"].map(isAddress), [
    ...[true, true, false, false, false, false],
  ]);
});
