// Small files in the layouts of CIFAR.

/** UTF-8. */
export const text = new TextEncoder();
/** A byte a character. */
export const latin1 = (s: string): Uint8Array => Uint8Array.from(s, (c) => c.charCodeAt(0));
const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);

/** Bytes, and Latin-1 text as bytes. */
export function concat(...parts: (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(typeof part === "string" ? latin1(part) : part)));
}

/** Planes of images whose pixel (channel, row, column) tells where it was. */
export function planes(count: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length: count * 3072 }, (_, i) => (salt + i * 5 + (i >> 9)) % 256);
}

/** A batch as Python 2 pickled it, protocol 2: a dict of a list of ints and an array [count, 3072] of u1. */
export function python2Batch(key: string, labels: number[], pixels: Uint8Array): Uint8Array {
  return concat(
    `\x80\x02}q\x01(U${String.fromCharCode(key.length)}${key}](`,
    ...labels.map((label) => Uint8Array.of(0x4b, label)),
    "eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01",
    concat("J", u32(labels.length), "M\x00\x0c\x86"),
    "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89",
    concat("T", u32(pixels.length)),
    pixels,
    "tbu.",
  );
}

/** Names as Python 2 pickled them, protocol 0. */
export function python2Names(key: string, count: number): Uint8Array {
  const items = Array.from({ length: count }, (_, i) => `S'class ${i}'\na`).join("");
  return latin1(`(dp1\nS'${key}'\np2\n(lp3\n${items}s.`);
}

/** CIFAR-100 of two training images and one test image, as Python 2 pickled it. */
export const cifar100Python = (): Record<string, Uint8Array> => ({
  train: python2Batch("fine_labels", [4, 99], planes(2)),
  test: python2Batch("fine_labels", [0], planes(1, 7)),
  meta: python2Names("fine_label_names", 100),
});

/** Channels-last pixels of the planes, by the definition. */
export function channelsLast(pixels: Uint8Array): number[] {
  return Array.from(pixels, (_, i) => {
    const image = Math.floor(i / 3072);
    const [pixel, channel] = [Math.floor(i % 3072 / 3), i % 3];
    return pixels[image * 3072 + channel * 1024 + pixel];
  });
}
