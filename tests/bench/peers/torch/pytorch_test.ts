import { assert, assertEquals } from "@std/assert";
import { linesOf } from "../../../../bench/peers/protocol.ts";
import { labelsOf, priorOf, sampleOf, tensorValues, valuesOf } from "../../../../bench/peers/values.ts";
import { samplesAgree } from "../../../../bench/peers/results.ts";
import { pythonWith } from "../../../../bench/python.ts";

const python = await pythonWith("torch");

/** Answers of pytorch.py to questions in the end, which are not timed for long. @param setting Its argument. */
async function answersTo(questions: readonly Record<string, unknown>[], ...setting: string[]) {
  if ("why" in python) throw new Error(python.why);
  const script = decodeURIComponent(
    new URL("../../../../bench/peers/torch/pytorch.py", import.meta.url).pathname,
  );
  const child = new Deno.Command(python.command, {
    args: [script, ...setting],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const timing = { atLeastMs: 0, tries: 1, withinMs: 1 };
  const text = questions.map((question) => JSON.stringify({ ...question, timing }) + "\n").join("");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const answers = await Array.fromAsync(linesOf(child.stdout), (line) => JSON.parse(line));
  await child.status;
  return answers.filter(({ more }) => !more);
}

function assertClose(found: readonly number[], wanted: readonly number[], name: string) {
  assertEquals(found.length, wanted.length, name);
  // Sums of at most 27 products near 1, and of float32.
  wanted.forEach((value, i) => assert(Math.abs(found[i] - value) < 1e-5, `${name}: ${found} for ${wanted}`));
}

/** A matrix product in 64 bits. */
function product(n: number): Float64Array {
  const a = valuesOf(1, n * n), b = valuesOf(2, n * n), result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) result[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return result;
}

/** A convolution with padding 1, in the layouts of this project. */
function convolved(batch: number, side: number, inC: number, outC: number, stride: number): Float64Array {
  const x = valuesOf(1, batch * side * side * inC), f = valuesOf(2, outC * 9 * inC);
  const out = Math.ceil(side / stride), result = new Float64Array(batch * out * out * outC);
  result.forEach((_, at) => {
    const o = at % outC, pixel = (at - o) / outC, image = Math.floor(pixel / out ** 2);
    const [top, left] = [Math.floor(pixel / out) % out, pixel % out].map((p) => p * stride - 1);
    for (let ky = 0; ky < 3; ky++) {
      for (let kx = 0; kx < 3; kx++) {
        const [y, z] = [top + ky, left + kx];
        if (y < 0 || z < 0 || y >= side || z >= side) continue;
        for (let c = 0; c < inC; c++) {
          result[at] += x[((image * side + y) * side + z) * inC + c] * f[((o * 3 + ky) * 3 + kx) * inC + c];
        }
      }
    }
  });
  return result;
}

/** The gradient of GML by the logits. */
function gmlGradient(batch: number, classes: number): Float64Array {
  const z = valuesOf(1, batch * classes, 8), labels = labelsOf(batch, classes), prior = priorOf(classes);
  const present = new Set(labels).size, sums = new Float64Array(classes);
  const q = labels.map((label, i) => {
    const powers = Array.from(prior, (p, c) => Math.exp(z[i * classes + c] + p));
    const sum = powers.reduce((a, b) => a + b);
    sums[label] += powers[label] / sum;
    return powers.map((power) => power / sum);
  });
  return Float64Array.from(z, (_, at) => {
    const i = Math.floor(at / classes), c = at % classes, label = labels[i];
    return q[i][label] / sums[label] / present * (q[i][c] - (c === label ? 1 : 0));
  });
}

Deno.test({
  name: "pytorch.py: answers to small workloads are those of the formulas (needs Python with torch)",
  ignore: "why" in python,
  async fn() {
    const conv = { kind: "conv", batch: 2, side: 5, inC: 3, outC: 4, kernel: 3, stride: 2, padding: 1 };
    const [a, m, g] = [1, 2, 3].map((seed) => valuesOf(seed, 100));
    const stepped = a.map((p, i) => p - 0.1 * (0.9 * m[i] + g[i] + 1e-4 * p));
    const cases: [Record<string, unknown>, number[]][] = [
      [{ kind: "matmul", n: 9 }, sampleOf(product(9))],
      [{ ...conv, pass: "forward" }, sampleOf(convolved(2, 5, 3, 4, 2))],
      [{ kind: "loss", loss: "gml", batch: 12, classes: 7 }, sampleOf(gmlGradient(12, 7))],
      [{ kind: "sgd", size: 100 }, sampleOf(stepped)],
      [{ kind: "add", size: 100 }, sampleOf(a.map((value, i) => value + m[i]))],
    ];
    const answers = await answersTo([
      ...cases.map(([question], i) => ({ ...question, name: `${i}` })),
      { kind: "add", name: "again", again: true },
      { kind: "other", name: "another" },
    ]);
    cases.forEach(([{ kind }, wanted], i) => {
      assertEquals(answers[i].name, `${i}`);
      assert(answers[i].ms > 0, `${kind} took ${answers[i].ms}`);
      assertClose(answers[i].sample, wanted, String(kind));
    });
    const again = answers[cases.length];
    assert(again.ms > 0, `the last one again took ${again.ms}`);
    assertEquals(again.sample, answers[cases.length - 1].sample);
    assertEquals(answers.at(-1), {
      name: "another",
      ms: null,
      sample: [],
      why: "other is not written for PyTorch",
    });
  },
});

Deno.test({
  name: "pytorch.py: every setting gives the same results (needs Python with torch)",
  ignore: "why" in python,
  async fn() {
    const conv = { kind: "conv", batch: 2, side: 5, inC: 3, outC: 4, kernel: 3, stride: 2, padding: 1 };
    const net = { kind: "network", network: "resnet32", pass: "inference", batch: 2, side: 32, classes: 10 };
    const questions = [
      { ...conv, name: "conv", pass: "forward" },
      { ...conv, name: "by images", pass: "images" },
      { ...conv, name: "by weight", pass: "weight" },
      { kind: "batch_norm", name: "norm", pass: "backward", shape: [2, 3, 4, 5] },
      { ...net, name: "net" },
    ];
    const [plain, ...others] = await Promise.all(
      [[], ["channels_last"], ["jit"], ["jit-channels_last"]].map((setting) =>
        answersTo(questions, ...setting)
      ),
    );
    assertEquals(plain.map(({ sample }) => sample.length), [16, 16, 16, 16, 16]);
    for (const answers of others) {
      answers.forEach(({ ms, sample, why }, i) => {
        assert(ms > 0, `${questions[i].name}: ${why}`);
        assert(samplesAgree(1e-4, plain[i].sample, sample), `${questions[i].name}: ${sample}`);
      });
    }
  },
});

Deno.test({
  name: "pytorch.py: tensors of a network are drawn by their names (needs Python with torch)",
  ignore: "why" in python,
  async fn() {
    if ("why" in python) return;
    const folder = decodeURIComponent(new URL("../../../../bench/peers/torch/", import.meta.url).pathname);
    const code = "import json, math, pytorch as p; name = 'layer1.0.conv1.weight'\n" +
      "print(json.dumps([float(v) for v in p.values(p.name_seed(name), 432, 2 * math.sqrt(6 / 27))]))";
    const { stdout } = await new Deno.Command(python.command, { args: ["-c", code], cwd: folder }).output();
    const found = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(found, Array.from(tensorValues("layer1.0.conv1.weight", [16, 3, 3, 3])));
  },
});
