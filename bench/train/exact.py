"""A training step of ResNet-50 in 64 bits, the measure of the same step here and in PyTorch's 32 bits (exact.ts).

The first step's momentum is the gradient and 2e-4 of the weight. Rectifiers that decide otherwise near 0 are counted, and
the step in 64 bits is repeated with the decisions of the step in 32."""
import json, os, sys
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models import resnet50

FOLDER, BATCH, SIDE, CLASSES, NAMES = sys.argv[1], *map(int, sys.argv[2:5]), json.loads(sys.argv[5])
torch.set_num_threads(len(os.sched_getaffinity(0)))
LABELS = torch.tensor([i * 37 % CLASSES for i in range(BATCH)])
MEAN, STD = np.array([.4914, .4822, .4465]), np.array([.2023, .1994, .201])
SHAPES = {name: p.shape for name, p in resnet50(num_classes=CLASSES).named_parameters()}
IMAGES = np.fromfile(f"{FOLDER}/images", np.uint8).reshape(BATCH, SIDE, SIDE, 3)


def parts(file):
    """The tensors of a file by their names, in the order of ours."""
    flat, at, found = np.fromfile(f"{FOLDER}/{file}", np.float32), 0, {}
    for name in NAMES:
        size = SHAPES[name].numel()
        found[name], at = flat[at:at + size].copy(), at + size
    return found


class Rectifier(torch.nn.Module):
    """Keeps which values it lets through, or lets through those that another one let."""

    def __init__(self, decisions, repeats):
        super().__init__()
        self.decisions, self.repeats, self.at = decisions, repeats, 0

    def forward(self, x):
        if self.repeats:
            self.at += 1
            return x * self.decisions[self.at - 1]
        self.decisions.append(x > 0)
        return F.relu(x)


def step(dtype, layout=torch.contiguous_format, decisions=None):
    """The gradients in the layout of ours, and the decisions of the rectifiers."""
    net, repeats = resnet50(num_classes=CLASSES).to(dtype), decisions is not None
    for name, p in net.named_parameters():
        w = torch.from_numpy(WEIGHTS[name]).to(dtype)
        out, inside, *k = p.shape if p.dim() == 4 else (*p.shape, 1)
        p.data = w.view(out, *k, inside).permute(0, 3, 1, 2) if p.dim() == 4 else w.view(p.shape)
    net.to(memory_format=layout).train()
    rectifier = Rectifier(decisions if repeats else [], repeats)
    for module in net.modules():
        if hasattr(module, "relu"):
            module.relu = rectifier
    x = torch.from_numpy((IMAGES / 255 - MEAN) / STD).permute(0, 3, 1, 2).to(dtype).contiguous(memory_format=layout)
    F.cross_entropy(net(x), LABELS).backward()
    grads = {n: p.grad.permute(0, 2, 3, 1) if p.dim() == 4 else p.grad for n, p in net.named_parameters()}
    return {n: g.double().reshape(-1).numpy() for n, g in grads.items()}, rectifier.decisions


def apart(a, b):
    return (sum(((a[n] - b[n])**2).sum() for n in NAMES) / sum((b[n]**2).sum() for n in NAMES))**.5


WEIGHTS = parts("weights")
exact, decided = step(torch.float64)
ours = {n: m - 2e-4 * WEIGHTS[n].astype(float) for n, m in parts("momenta").items()}
print("from the gradients in 64 bits, root mean squares:")
print(f"  ours {apart(ours, exact):.1e}")
for name, layout in {"PyTorch": torch.contiguous_format, "PyTorch, channels_last": torch.channels_last}.items():
    found, decisions = step(torch.float32, layout)
    others = sum(int((a != b).sum()) for a, b in zip(decisions, decided))
    repeated, _ = step(torch.float64, decisions=decisions)
    print(f"  {name} {apart(found, exact):.1e}; {others} of {sum(d.numel() for d in decided):,} rectifiers decide "
          f"otherwise; with its decisions in 64 bits {apart(found, repeated):.1e}")
