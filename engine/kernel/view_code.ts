import { type Element, loaded, stored, storedTexel } from "./format.ts";
import { type Held, matrixOf, type Place } from "./layout.ts";
import { type Axis, isWhole, joined, type StridedView } from "./view.ts";

/** WGSL of an operand that is seen through a view. */
interface ViewCode {
  /** The element of the buffer, an array of them in its format. */
  element: Element;
  /** The accessor, and what it calls. */
  code: string;
}

/** `load_<name>(row, col)`: the view's fill where the operand has no element, zero beyond the last place. */
export function loadCode(
  name: string,
  { place, format }: Held,
  view: StridedView,
  accessor: string = `load_${name}`,
): ViewCode {
  const { last, offset = 0, fill = 0 } = view;
  const { lines, inside, at } = walkOf(view);
  const filled = real(`vec4f(${fill})`, last.length);
  const body = [firstLane(last), ...lines];
  if (inside.length > 0) body.push(`if (!(${inside.join(" && ")})) { return ${filled}; }`);
  const signature = `fn ${accessor}(row: u32, col: u32) -> vec4f`;

  const run = runOf(place, view);
  if (run) {
    const { from, count } = extent(last);
    body.push(`let d = c - ${from}u;`); // below `from` it wraps and is large
    if (!isWhole(last)) body.push(`if (d >= ${Math.ceil(count / 4) * 4}u) { return ${filled}; }`);
    const [pixel, vector] = [pixelOf(at, offset, run.channels), `d / 4u + ${run.first / 4}u`];
    const value = place === "texture"
      ? `textureLoad(${name}, ${texelOf(view, pixel, vector)})`
      : loaded("vec4f", format, vectorOf(name, view, pixel, vector));
    body.push(`return ${run.padded ? value : real(value, last.length)};`);
    return { element: "vec4f", code: functionOf(signature, body) };
  }
  body.push(`let at = ${elementOf(at, offset)};`);
  const { channels } = matrixOf(view.of);
  if (place === "texture") body.push(`let pixel = at / ${channels}u;`, `let channel = at % ${channels}u;`);
  const value = (apart: string) => {
    if (place === "buffer") return loaded("f32", format, `${name}[at + ${apart} * ${last.stride}u]`);
    if (last.stride % channels !== 0) return `value_${name}(at + ${apart} * ${last.stride}u)`;
    // Places along the last axis that are whole pixels apart are all of one channel.
    const texel = texelOf(view, `pixel + ${apart} * ${last.stride / channels}u`, "channel / 4u");
    return `textureLoad(${name}, ${texel})[channel % 4u]`;
  };
  if (isWhole(last) && (last.stride === 0 || last.length === 1)) {
    body.push(`return ${real(`vec4f(${value("0u")})`, last.length)};`);
  } else {
    body.push(`var value = ${filled};`);
    for (let i = 0; i < 4; i++) body.push(laneOf(i, last, (apart) => `value[${i}] = ${value(apart)};`));
    body.push("return value;");
  }
  const helper = place === "texture" && last.stride % channels !== 0
    ? `${elementFromTexture(name, view)}\n`
    : "";
  return { element: "f32", code: helper + functionOf(signature, body) };
}

/**
 * `store_<name>(row, col, value)`, for views that have every place.
 *
 * @throws {TypeError} when a texture would be written in parts of its 4-vectors.
 */
export function storeCode(
  name: string,
  { place, format }: Held,
  view: StridedView,
  accessor: string = `store_${name}`,
): ViewCode {
  const { last, offset = 0 } = view;
  const { lines, at } = walkOf(view);
  const signature = `fn ${accessor}(row: u32, col: u32, value: vec4f)`;
  const body = [firstLane(last), ...lines];
  const run = runOf(place, view);
  if (run && (run.padded || last.length % 4 === 0)) {
    const pixel = pixelOf(at, offset, run.channels);
    const vector = `c / 4u + ${run.first / 4}u`;
    body.push(
      place === "texture"
        ? `textureStore(${name}, ${texelOf(view, pixel, vector)}, ${storedTexel(format, "value")});`
        : `${vectorOf(name, view, pixel, vector)} = ${stored("vec4f", format, "value")};`,
    );
    return { element: "vec4f", code: functionOf(signature, body) };
  }
  if (place === "texture") {
    throw new TypeError(
      `Cannot write ${name} to a texture: it takes whole 4-vectors, current is [${view.of.join(", ")}] ` +
        `${last.length} at a time: such a kernel's output has to be dense`,
    );
  }
  body.push(`let at = ${elementOf(at, offset)};`);
  for (let i = 0; i < Math.min(4, last.length); i++) {
    const value = stored("f32", format, `value[${i}]`);
    body.push(laneOf(i, last, (apart) => `${name}[at + ${apart} * ${last.stride}u] = ${value};`));
  }
  return { element: "f32", code: functionOf(signature, body) };
}

interface Walk {
  lines: string[];
  /** Conditions under which the operand has the place. */
  inside: string[];
  /** Index along each axis and its stride. */
  at: { index: string; stride: number }[];
}

/** Takes the row and the column apart into the places along the axes. */
function walkOf({ rows, cols, last }: StridedView): Walk {
  const walk: Walk = { lines: [], inside: [], at: [] };
  const take = (axes: readonly Axis[], name: string, index: string) => {
    const own = joined(axes);
    let rest = index;
    for (let n = own.length - 1; n >= 0; n--) {
      const place = `${name}${n}`;
      walk.lines.push(`let ${place} = ${n > 0 ? `${rest} % ${own[n].length}u` : rest};`);
      if (n > 0) {
        walk.lines.push(`let ${place}_rest = ${rest} / ${own[n].length}u;`);
        rest = `${place}_rest`;
      }
      const { stride } = own[n];
      if (isWhole(own[n])) {
        walk.at.push({ index: place, stride });
        continue;
      }
      const { from, count, every } = extent(own[n]);
      walk.lines.push(`let ${place}_from = ${place} - ${from}u;`); // before the first it wraps and is large
      walk.inside.push(`${place}_from < ${count * every}u`);
      if (every > 1) walk.inside.push(`${place}_from % ${every}u == 0u`);
      walk.at.push({ index: `${place}_from / ${every}u`, stride });
    }
  };
  take(rows, "row", "row");
  take(cols, "col", `(col / ${Math.ceil(last.length / 4)}u)`);
  return walk;
}

/** The access to place c + i of the last axis, so many strides apart from the first, where the operand has it. */
function laneOf(i: number, last: Axis, access: (apart: string) => string): string {
  const conditions = last.length % 4 === 0 ? [] : [`c + ${i}u < ${last.length}u`];
  const { from, count, every } = extent(last);
  if (!isWhole(last)) conditions.push(`c + ${i}u - ${from}u < ${count * every}u`);
  if (every > 1) conditions.push(`(c + ${i}u - ${from}u) % ${every}u == 0u`);
  const line = access(isWhole(last) ? `(c + ${i}u)` : `(c + ${i}u - ${from}u) / ${every}u`);
  return conditions.length > 0 ? `if (${conditions.join(" && ")}) { ${line} }` : line;
}

interface Run {
  /** Channels of the operand. */
  channels: number;
  /** Channel of the operand at the first place. */
  first: number;
  /** True if the operand itself has zeros beyond the last place. */
  padded: boolean;
}

/** True if four places of the walk are one 4-vector of the operand. */
function runOf(place: Place, { of, rows, cols, last, offset = 0, fill = 0 }: StridedView): Run | null {
  const { rows: height, width, channels } = matrixOf(of);
  const inTexture = place === "texture";
  if (!inTexture && channels % 4 !== 0 && height * width > 1) return null;
  const first = offset % channels;
  const { from, count, every } = extent(last);
  const along = last.stride === 1 || last.length === 1 && channels === 1;
  if (!along || every > 1 || first % 4 !== 0 || from % 4 !== 0) return null;
  if (first + count > channels) return null; // one element to the next goes from pixel to pixel
  if ([...rows, ...cols].some(({ length, stride }) => length > 1 && stride % channels !== 0)) return null;
  const padded = inTexture && first + count === channels;
  // Beyond the operand's last place its vector may go on, with other channels or with zeros.
  const ends = from + count === last.length || count % 4 === 0 || padded && fill === 0;
  return ends ? { channels, first, padded } : null;
}

function extent(
  { length, from = 0, count, every = 1 }: Axis,
): { from: number; count: number; every: number } {
  return { from, count: count ?? Math.ceil((length - from) / every), every };
}

function firstLane(last: Axis): string {
  return `let c = (col % ${Math.ceil(last.length / 4)}u) * 4u;`;
}

/** The value with zero beyond the last place. */
function real(value: string, length: number): string {
  if (length % 4 === 0) return value;
  return `select(vec4f(), ${value}, vec4u(c) + vec4u(0u, 1u, 2u, 3u) < vec4u(${length}u))`;
}

function elementOf(at: Walk["at"], offset: number): string {
  return [`${offset}u`, ...at.map(({ index, stride }) => `${index} * ${stride}u`)].join(" + ");
}

function pixelOf(at: Walk["at"], offset: number, channels: number): string {
  const strides = at.map(({ index, stride }) => ({ index, stride: stride / channels }));
  return elementOf(strides, Math.floor(offset / channels));
}

/** A 4-vector in a buffer. */
function vectorOf(name: string, view: StridedView, pixel: string, vector: string): string {
  return `${name}[(${pixel}) * ${Math.ceil((view.of.at(-1) ?? 1) / 4)}u + ${vector}]`;
}

function texelOf(view: StridedView, pixel: string, vector: string): string {
  const { width, cols } = matrixOf(view.of);
  if (width === 1) return `vec2u(${vector}, ${pixel})`;
  return `vec2u(((${pixel}) % ${width}u) * ${cols / width}u + ${vector}, (${pixel}) / ${width}u)`;
}

/** `value_<name>(at)`: an element of a texture by its place in dense row-major order. */
function elementFromTexture(name: string, view: StridedView): string {
  const { channels } = matrixOf(view.of);
  return functionOf(`fn value_${name}(at: u32) -> f32`, [
    `let channel = at % ${channels}u;`,
    `let pixel = at / ${channels}u;`,
    `return textureLoad(${name}, ${texelOf(view, "pixel", "channel / 4u")})[channel % 4u];`,
  ]);
}

function functionOf(signature: string, lines: readonly string[]): string {
  return `${signature} {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
}
