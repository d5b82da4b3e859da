import type sharp from "sharp";

/** sharp's own function. */
export type ImageLibrary = typeof sharp;

let loading: Promise<ImageLibrary> | undefined;

/**
 * sharp, that is libvips with its decoders, loaded when the first encoded image is met.
 *
 * One thread an image and no cache of operations: Workers decode other images meanwhile, and no image comes twice.
 *
 * @throws {Error} when it cannot be loaded.
 */
export function imageLibrary(): Promise<ImageLibrary> {
  return loading ??= load();
}

async function load(): Promise<ImageLibrary> {
  try {
    const { default: sharp } = await import("sharp");
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (error) {
    throw new Error(
      `Cannot decode images: it takes the npm package sharp, current system does not load it: ${
        cause(error)
      }`,
      { cause: error },
    );
  }
}

function cause(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable || /Requires \w+ access/.test(message)) {
    const what = message.match(/Requires [^,:]*/)?.[0] ?? message;
    return `${what}; run with ${PERMISSIONS}`;
  }
  if (/using the \S+ runtime/.test(message)) {
    const { os, arch } = Deno.build;
    return `there is no library for ${os} ${arch} beside it, or it fits the system not: ${
      message.split("\n")[1] ?? ""
    }`;
  }
  return `${message}: run once with the network, so that Deno fetches it`;
}

/** The permissions that sharp needs from Deno. */
const PERMISSIONS = "--allow-ffi --allow-read --allow-env=DEBUG,npm_package_config_libvips";
