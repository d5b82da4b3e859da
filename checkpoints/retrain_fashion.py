"""Re-trains the classifier of a stage-1 checkpoint in PyTorch by each loss, to know what the default run should reach.

Use: retrain_fashion.py FOLDER CHECKPOINT   (FOLDER as for make_fashion_stage1.py)
Warm start, frozen backbone and statistics, stored augmented views, SGD momentum 0.9, weight decay 5e-4, batch 128.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/fixtures/torch"))
from fashion_data import COUNTS, augment, load, long_tail, normalise  # noqa: E402
from losses import LOSSES  # noqa: E402
from metrics import metrics  # noqa: E402
from resnet import ResNet  # noqa: E402

SEEDS = (0, 1, 2)
VIEWS, EPOCHS, RATE, STEP = 2, 20, 0.05, 5  # the rate is multiplied by 0.2 after epoch STEP


def load_state(path):
    content = Path(path).read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    state = {}
    for name, entry in json.loads(content[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            dtype = {"F32": np.float32, "I64": np.int64}[entry["dtype"]]
            array = np.frombuffer(content[begin:end], dtype).reshape(entry["shape"])
            state[name] = torch.from_numpy(array.copy())
    return state


@torch.no_grad()
def features(net, images):
    return torch.cat([net.features(normalise(batch)) for batch in images.split(500)])


def retrain(net, views, labels, loss):
    """views: one [N, 64] tensor of features for each stored view, cycled over the epochs."""
    linear = torch.nn.Linear(64, 10)
    linear.load_state_dict(net.linear.state_dict())
    sgd = torch.optim.SGD(linear.parameters(), RATE, momentum=0.9, weight_decay=5e-4)
    counts = torch.tensor(COUNTS)
    for epoch in range(EPOCHS):
        sgd.param_groups[0]["lr"] = RATE if epoch < STEP else RATE * 0.2
        for batch in torch.randperm(len(labels)).split(128):
            value = LOSSES[loss](linear(views[epoch % len(views)][batch]), labels[batch], counts)
            sgd.zero_grad()
            value.backward()
            sgd.step()
    return linear


def show(name, logits, labels):
    result = metrics(logits.argmax(1), labels, COUNTS)
    figures = " ".join(f"{key} {result[key]:.2f}" for key in ("mean", "gmean", "hmean", "lowest"))
    print(f"{name:32} {figures}", flush=True)


if __name__ == "__main__":
    folder, path = sys.argv[1:]
    torch.manual_seed(0)
    train_images, train_labels, test_images, test_labels = load(folder)
    kept = long_tail(train_labels)
    images, labels = torch.from_numpy(train_images[kept]), torch.from_numpy(train_labels[kept])
    test_labels = torch.from_numpy(test_labels)
    net = ResNet(1, channels=1)
    net.load_state_dict(load_state(path))
    net.eval()
    test = features(net, torch.from_numpy(test_images))
    old = net.linear(test).detach()
    show("before", old, test_labels)
    views = {seed: [features(net, augment(images)) for _ in range(VIEWS)] for seed in SEEDS}
    torch.set_num_threads(1)  # matrices of 128 x 64 are not worth a second thread
    for loss in ("gml", "balanced-softmax", "ce-weighted"):
        for seed in SEEDS:
            torch.manual_seed(seed)
            new = retrain(net, views[seed], labels, loss)(test).detach()
            show(f"{loss}, seed {seed}", new, test_labels)
            show("  ensemble with before", new.softmax(1) + old.softmax(1), test_labels)
