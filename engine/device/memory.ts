import { MemoryError } from "../graph/errors.ts";
import { mebibytes } from "../kernel/bytes.ts";
import { bytesOf, type NumberFormat, texelFormat } from "../kernel/format.ts";

/** Memory budget where none is given, in bytes. */
export const DEFAULT_MEMORY_BUDGET: number = 4 * 2 ** 30;

/** Bytes that something takes of a device. */
export interface MemoryShare {
  /** Its name: a store's label, or a tensor. */
  label: string;
  /** Its size in memory. */
  bytes: number;
}

/** The memory and limits that something takes of a device. */
export interface PlanNeeds {
  /** Bytes of all that it allocates. */
  bytes: number;
  /** Bytes of the largest buffer among it, which kernels bind as a whole. */
  largest: number;
  /** Most workgroups of a dispatch along an axis. */
  workgroups: number;
  /**
   * Most rows or columns of what kernels want in textures; 0 where they want none. Beyond the adapter's largest texture a
   * plan keeps it in a buffer, which is slower.
   */
  side: number;
}

/** The memory and limits that a plan takes of a device, and what takes them. */
export interface PlanSize extends PlanNeeds {
  /** The allocations, each by the tensor that it was made for. */
  shares: readonly MemoryShare[];
}

/**
 * Counts the bytes of a device's buffers and textures. WebGPU reports no lack of memory here, so going over the
 * budget is an error before anything is allocated.
 */
export class Memory {
  /** Bytes in use. */
  used = 0;
  /** Most bytes ever in use. */
  peak = 0;
  /** Bytes in use by label. */
  readonly #by = new Map<string, number>();

  /** Begins with nothing in use. */
  constructor(
    /** Bytes that may be in use. */
    readonly budget: number,
  ) {}

  /** Bytes of the budget that are not in use. */
  get left(): number {
    return this.budget - this.used;
  }

  /** Bytes in use, by what uses them. */
  get shares(): MemoryShare[] {
    return [...this.#by].map(([label, bytes]) => ({ label, bytes }));
  }

  /** Counts an allocation. @throws {MemoryError} when it does not fit. */
  take(label: string, bytes: number): void {
    this.check(`allocate ${label}`, bytes);
    this.used += bytes;
    this.#by.set(label, (this.#by.get(label) ?? 0) + bytes);
    this.peak = Math.max(this.peak, this.used);
  }

  /**
   * Checks that there is room.
   *
   * @param task For the error: `plan this graph`. @param shares Allocations among these bytes, for the error.
   * @throws {MemoryError} when there is not; the message lists what takes most.
   */
  check(task: string, bytes: number, shares: readonly MemoryShare[] = []): void {
    if (this.used + bytes <= this.budget) return;
    throw new MemoryError(
      `Cannot ${task}: it takes ${mebibytes(bytes)}, current use is ${mebibytes(this.used)} of a budget of ` +
        `${mebibytes(this.budget)}: lower the batch size, or raise memoryBudget by at least ` +
        `${mebibytes(this.used + bytes - this.budget)}` +
        memoryTable("Its largest parts", shares) + memoryTable("In use", this.shares),
    );
  }

  /** Counts a release. */
  give(label: string, bytes: number): void {
    this.used -= bytes;
    const left = (this.#by.get(label) ?? 0) - bytes;
    if (left > 0) this.#by.set(label, left);
    else this.#by.delete(label);
  }
}

/** Most rows of a table of memory. */
const MOST_ROWS = 6;

/** The largest shares of memory as lines of a message, each after a line break; empty without shares. */
export function memoryTable(head: string, shares: readonly MemoryShare[]): string {
  if (shares.length === 0) return "";
  const rows = shares.toSorted((a, b) => b.bytes - a.bytes);
  const rest = rows.splice(MOST_ROWS);
  const more = { label: `${rest.length} more`, bytes: rest.reduce((sum, { bytes }) => sum + bytes, 0) };
  const all = [...rows, ...rest.length > 0 ? [more] : []];
  const width = Math.max(...all.map(({ bytes }) => mebibytes(bytes).length));
  return `\n${head}:${
    all.map(({ label, bytes }) => `\n  ${mebibytes(bytes).padStart(width)}  ${plain(label)}`).join("")
  }`;
}

/** A label without the numbers of tensors, which say nothing to a user. */
export const plain = (label: string): string => label.replace(/#\d+/g, "");

/** WebGPU names no bound for the bytes of a texture; software adapters have that of their buffers. */
function checkSize({ limits: { maxBufferSize } }: GPUDevice, label: string, bytes: number): void {
  if (bytes <= maxBufferSize) return;
  throw new MemoryError(
    `Cannot allocate ${label}: it takes ${mebibytes(bytes)}, the adapter's largest buffer is ` +
      `${mebibytes(maxBufferSize)}, whatever the budget: lower the batch size, or the size of ${
        plain(label)
      }`,
  );
}

/** A GPU buffer that counts against its device's budget and is freed with its owner. */
export class OwnedBuffer implements Disposable {
  /** The buffer itself. */
  readonly buffer: GPUBuffer;
  readonly #memory: Memory;
  readonly #label: string;
  #live = true;

  /** Allocates it. @throws {MemoryError} when the budget or the adapter does not hold it. */
  constructor(gpu: GPUDevice, memory: Memory, label: string, readonly bytes: number, usage: number) {
    checkSize(gpu, label, bytes);
    memory.take(label, bytes);
    this.#memory = memory;
    this.#label = label;
    this.buffer = gpu.createBuffer({ label, size: bytes, usage });
  }

  /** Frees it; more than once does no harm. */
  [Symbol.dispose](): void {
    if (!this.#live) return;
    this.#live = false;
    this.buffer.destroy();
    this.#memory.give(this.#label, this.bytes);
  }
}

/**
 * Texels that a texture is given along a side for so many that are wanted: at least as many, and no power of two. Mesa's
 * software driver compiles a kernel apart for every combination of sides that are powers of two and sides that are not.
 */
function sideOf(wanted: number): number {
  // From 8,192 on a further texel may be beyond the largest texture.
  if ((wanted & (wanted - 1)) !== 0 || wanted >= 8192) return wanted;
  return Math.max(3, wanted + 1);
}

/** Bytes of a texture of 4-vectors of which so many columns and rows are used, in each of its layers. */
export function textureBytes(width: number, height: number, format: NumberFormat, layers = 1): number {
  return sideOf(width) * sideOf(height) * layers * 4 * bytesOf(format);
}

/** A storage texture of 4-vectors that counts against its device's budget and is freed with its owner. */
export class OwnedTexture implements Disposable {
  /** The texture itself. */
  readonly texture: GPUTexture;
  /** The whole of it, to be bound. */
  readonly view: GPUTextureView;
  readonly #layers = new Map<number, GPUTextureView>();
  /** Its size in memory. */
  readonly bytes: number;
  readonly #memory: Memory;
  readonly #label: string;
  #live = true;

  /** Allocates it. @throws {MemoryError} when the budget or the adapter does not hold it. */
  constructor(
    gpu: GPUDevice,
    memory: Memory,
    label: string,
    /** Columns that are used; the texture itself may have more (see {@link sideOf}). */
    readonly width: number,
    /** Rows that are used. */
    readonly height: number,
    format: NumberFormat,
    /** Number of layers; null where it is a plain texture. */
    readonly layers: number | null = null,
  ) {
    this.bytes = textureBytes(width, height, format, layers ?? 1);
    checkSize(gpu, label, this.bytes);
    memory.take(label, this.bytes);
    this.#memory = memory;
    this.#label = label;
    this.texture = gpu.createTexture({
      label,
      size: [sideOf(width), sideOf(height), layers ?? 1],
      format: texelFormat(format),
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC,
    });
    this.view = this.texture.createView({ dimension: layers === null ? "2d" : "2d-array" });
  }

  /** One of the layers, to be bound as a plain texture. */
  layer(n: number): GPUTextureView {
    let view = this.#layers.get(n);
    if (!view) {
      view = this.texture.createView({ dimension: "2d", baseArrayLayer: n, arrayLayerCount: 1 });
      this.#layers.set(n, view);
    }
    return view;
  }

  /** Frees it; more than once does no harm. */
  [Symbol.dispose](): void {
    if (!this.#live) return;
    this.#live = false;
    this.texture.destroy();
    this.#memory.give(this.#label, this.bytes);
  }
}
