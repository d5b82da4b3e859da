"""Fashion-MNIST, its long-tailed cut, and the augmentation, for the scripts beside this file. The order of the images is that of the files."""
import gzip
from pathlib import Path

import numpy as np
import torch

CLASSES, RATIO, HEAD = 10, 100, 6000
COUNTS = [int(HEAD * (1 / RATIO) ** (i / (CLASSES - 1))) for i in range(CLASSES)]
MEAN, STD = 0.2860, 0.3530


def load(folder):
    """Train images, train labels, test images, test labels of the four IDX files (.gz), in file order."""
    def read(name, offset):
        content = gzip.open(Path(folder) / f"{name}.gz").read()
        return np.frombuffer(content, np.uint8, offset=offset).copy()

    parts = []
    for name in ("train", "t10k"):
        parts.append(read(f"{name}-images-idx3-ubyte", 16).reshape(-1, 28, 28))
        parts.append(read(f"{name}-labels-idx1-ubyte", 8).astype(np.int64))
    return parts


def long_tail(labels, seed=0):
    """Indices of the cut: each class's ascending indices shuffled by one legacy NumPy stream, the first N_i kept."""
    random, kept = np.random.RandomState(seed), []
    for label, count in enumerate(COUNTS):
        indices = np.flatnonzero(labels == label)
        random.shuffle(indices)
        kept.append(indices[:count])
    return np.concatenate(kept)


def normalise(images):
    """[N, 28, 28] u8 -> [N, 1, 28, 28] f32."""
    return ((images.float() / 255 - MEAN) / STD)[:, None]


def augment(images, pad=4):
    """Pad with zeros, crop 28 x 28 at random, flip half of the images. images [N, 28, 28] u8."""
    n, height, width = images.shape
    padded = torch.nn.functional.pad(images, (pad, pad, pad, pad))
    rows = torch.randint(2 * pad + 1, (n, 1)) + torch.arange(height)
    columns = torch.randint(2 * pad + 1, (n, 1)) + torch.arange(width)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
