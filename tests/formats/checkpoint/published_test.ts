// Checkpoints as published code saves them, made by tests/fixtures/io/published/make.py: the network that is found in
// each has the logits of the one that was saved.

import { assert, assertEquals } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import { matchState, parseCheckpoint } from "../../../formats/checkpoint/mod.ts";
import type { Network } from "../../../engine/nn/network.ts";
import { resNet } from "../../../engine/nn/resnet.ts";
import { cifarResNet } from "../../../engine/nn/resnet_cifar.ts";
import { loadState, stateShapes, tensorsOf } from "../../../engine/nn/state.ts";
import { input } from "../../../engine/graph/source.ts";
import { Parameters } from "../../../engine/device/parameters.ts";
import { deviceOf } from "../../engine/check.ts";
import { assertClose } from "../../engine/close.ts";
import answersJson from "../../fixtures/io/published/answers.json" with { type: "json" };
import { fixture } from "../fixtures.ts";

const answers: Record<string, number[]> = answersJson;
const file = (name: string) => fixture(`published/${name}`);

/** The network that each file is of: of its images' side, and with its head. */
function networkOf(name: string): { network: Network; side: number } {
  const large = {
    name: "resnet14",
    block: "bottleneck",
    blocks: [1, 1, 1, 1],
    width: 1,
    classes: 5,
  } as const;
  if (name === "mislas_places.pth.tar") return { network: resNet({ ...large, extraBlock: true }), side: 32 };
  if (/^(torchvision|timm)\./.test(name)) return { network: resNet(large), side: 32 };
  const head = name.startsWith("ldam") ? "cosine" : "linear";
  return { network: cifarResNet({ depth: 8, classes: 5, widths: [2, 4, 8], head }), side: 8 };
}

/** The logits that the network found in a file has of the script's images. */
async function logitsOf(name: string): Promise<ArrayLike<number>> {
  const { network, side } = networkOf(name);
  const { transposed } = network.classifier;
  const { state } = parseCheckpoint(file(name));
  using store = new Parameters(await deviceOf("tile"), tensorsOf(network), "network");
  loadState([store], matchState(stateShapes(network), state, { network: network.name, transposed }));
  const images = input("images", [3, side, side, 3]);
  const pixels = Float32Array.from({ length: 3 * side * side * 3 }, (_, i) => (37 * i) % 101 / 50 - 1);
  const { features } = network.forward(images);
  const values = new Map([...await store.read(), [images, pixels]]);
  return interpret([network.classifier.logits(features)], values)[0];
}

for (const [name, logits] of Object.entries(answers)) {
  Deno.test(`the network in ${name} has PyTorch's logits`, async () => {
    assertClose(name, await logitsOf(name), logits, { relative: 1e-5 });
  });
}

for (
  const [name, layout, entries, metadata] of [
    [
      "mislas_stage1.pth.tar",
      {
        name: "MiSLAS",
        joined: ["state_dict_model", "state_dict_classifier"],
        folded: null,
        leftOut: [],
      },
      ["state_dict_model", "state_dict_classifier"],
      ["epoch", "best_acc1", "its_ece"],
    ],
    [
      "mislas_stage2.pth.tar",
      {
        name: "MiSLAS",
        joined: ["state_dict_model", "state_dict_classifier"],
        folded: "state_dict_lws_model.learned_norm",
        leftOut: [],
      },
      ["state_dict_model", "state_dict_classifier", "state_dict_lws_model"],
      ["epoch", "best_acc1", "its_ece"],
    ],
    [
      "mislas_places.pth.tar",
      {
        name: "MiSLAS",
        joined: ["state_dict_model", "state_dict_classifier", "state_dict_block"],
        folded: "state_dict_lws_model.learned_norm",
        leftOut: [],
      },
      ["state_dict_model", "state_dict_classifier", "state_dict_lws_model", "state_dict_block"],
      [
        "epoch",
        "best_acc1",
        "its_ece",
      ],
    ],
    [
      "lws.pth",
      {
        name: "classifier-balancing",
        joined: ["state_dict_best.feat_model", "state_dict_best.classifier"],
        folded: "state_dict_best.classifier.scales",
        leftOut: [],
      },
      ["state_dict_best.feat_model", "state_dict_best.classifier"],
      ["epoch", "best_epoch", "best_acc"],
    ],
    [
      "balms.pth",
      {
        name: "classifier-balancing",
        joined: ["state_dict.feat_model", "state_dict.classifier"],
        folded: null,
        leftOut: [],
      },
      ["state_dict.feat_model", "state_dict.classifier"],
      ["epoch"],
    ],
    [
      "paco_fc.pth.tar",
      {
        name: "PaCo",
        joined: ["state_dict.encoder_q", "state_dict.linear"],
        folded: null,
        leftOut: ["encoder_q.fc", "encoder_k", "linear_k", "queue"].map((part) => `state_dict.${part}`),
      },
      ["state_dict"],
      ["epoch", "arch", "acc"],
    ],
    [
      "paco_linear.pth.tar",
      {
        name: "PaCo",
        joined: ["state_dict.encoder_q", "state_dict.linear"],
        folded: null,
        leftOut: ["encoder_q.linear", "encoder_k", "linear_k", "queue"].map((part) => `state_dict.${part}`),
      },
      ["state_dict"],
      ["epoch", "arch", "acc"],
    ],
    ["ldam.pth.tar", null, ["state_dict"], ["epoch", "arch", "best_acc1"]],
    ["torchvision.pth", null, [""], []],
    ["timm.safetensors", null, [""], ["format"]],
  ] as const
) {
  Deno.test(`parseCheckpoint says what it makes of ${name}`, () => {
    const found = parseCheckpoint(file(name));
    assertEquals<unknown>(found.layout, layout);
    assertEquals(found.entries, [...entries]);
    assertEquals(Object.keys(found.metadata), [...metadata]);
    for (const part of layout?.leftOut ?? []) assert(found.leftOut.includes(part), part);
  });
}
