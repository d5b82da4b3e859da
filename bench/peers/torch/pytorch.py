"""PyTorch's side of the comparison: reads a workload on each line of stdin, answers on a line of stdout (protocol.ts).

It runs on CUDA, or else on all cores, by the setting that its arguments name (setting.py). The values are those of
values.ts, in the layout of this project, and are turned to PyTorch's, [N, C, H, W] in the setting's order in memory,
before anything is timed. (No file in this folder may be named torch.py: Python would import it in place of PyTorch.)"""
import json, math, sys, time
import numpy as np
import torch
import torch.nn.functional as F
from gml import gml
from resnet32 import ResNet32
from setting import CUDA, DEVICE, LAYOUT, about, inference_of, prepare

SAMPLES = 16
HELD = {}  # the workload that is ready: what runs it, and the samples of its result


def values(seed, count, factor=1.0):
    """valuesOf: from -0.5 up to 0.5, by murmur3's finaliser of a counter, times a factor."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) + np.uint32(seed * 0x9e3779b9 & 0xffffffff)
        h = (h ^ h >> np.uint32(16)) * np.uint32(0x85ebca6b)
        h = (h ^ h >> np.uint32(13)) * np.uint32(0xc2b2ae35)
        h ^= h >> np.uint32(16)
    return (factor * ((h >> np.uint32(8)) / 2**24 - 0.5)).astype(np.float32)


def tensor(array, *shape):
    return torch.from_numpy(array).view(*shape).to(DEVICE)


def given(seed, *shape, factor=1.0):
    return tensor(values(seed, math.prod(shape), factor), *shape)


def planes(x):
    """[N, H, W, C] to [N, C, H, W] in the setting's order; filters [outC, k, k, inC] likewise."""
    return x.permute(0, 3, 1, 2).contiguous(memory_format=LAYOUT)


def pixels(x):
    return x.permute(0, 2, 3, 1)


def name_seed(name):
    h = 0x811c9dc5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 & 0xffffffff
    return h


def labels(batch, classes):
    i = torch.arange(batch, device=DEVICE)
    return i * i % classes


def sample(result):
    """sampleOf: one value anywhere in each of 16 equal parts."""
    result = result.detach().reshape(-1)
    places = [
        math.floor((j + float(values(99, j + 1)[j]) + 0.5) * result.numel() / SAMPLES) for j in range(SAMPLES)
    ]
    return [float(v) for v in result[torch.tensor(places, device=result.device)].double().cpu()]


def matmul(w):
    a, b = given(1, w["n"], w["n"]), given(2, w["n"], w["n"])
    out = torch.empty_like(a)
    return lambda: torch.mm(a, b, out=out)


def conv(w):
    batch, side, k, stride, padding = (w[key] for key in ("batch", "side", "kernel", "stride", "padding"))
    out = (side + 2 * padding - k) // stride + 1
    x, f = given(1, batch, side, side, w["inC"]), given(2, w["outC"], k, k, w["inC"])
    x, f, dy = planes(x), planes(f), planes(given(3, batch, out, out, w["outC"]))
    if w["pass"] == "forward":
        return lambda: F.conv2d(x, f, None, stride, padding), pixels
    if w["pass"] == "images":
        return lambda: torch.nn.grad.conv2d_input(x.shape, f, dy, stride, padding), pixels
    return lambda: torch.nn.grad.conv2d_weight(x, f.shape, dy, stride, padding), pixels


def batch_norm(w):
    x, channels = planes(given(1, *w["shape"])), w["shape"][3]
    gamma, beta = torch.ones(channels, device=DEVICE), torch.zeros(channels, device=DEVICE)
    forward = lambda: F.batch_norm(x, None, None, gamma, beta, True, eps=1e-5)
    if w["pass"] == "forward":
        return no_grad(forward), pixels
    dy, inputs = planes(given(2, *w["shape"])), [x, gamma, beta]
    for each in inputs:
        each.requires_grad_()
    return lambda: torch.autograd.grad(forward(), inputs, dy)[0], pixels


def loss(w):
    batch, classes = w["batch"], w["classes"]
    logits, target = given(1, batch, classes, factor=8.0).requires_grad_(), labels(batch, classes)
    log_prior = math.log(500) - math.log(100) * torch.arange(classes, dtype=torch.float64) / (classes - 1)
    log_prior = log_prior.float().to(DEVICE)
    value = F.cross_entropy if w["loss"] == "cross_entropy" else lambda z, y: gml(z, y, log_prior)
    return lambda: torch.autograd.grad(value(logits, target), logits)[0]


def sgd(w):
    p, momentum, p_grad = (given(seed, w["size"]) for seed in (1, 2, 3))
    optimizer = torch.optim.SGD([p], .1, .9, weight_decay=1e-4)
    p.grad, optimizer.state[p]["momentum_buffer"] = p_grad, momentum

    def run():
        optimizer.step()
        return p

    return run


def add(w):
    a, b = given(1, w["size"]), given(2, w["size"])
    out = torch.empty_like(a)
    return lambda: torch.add(a, b, out=out)


def network(w):
    net = ResNet32(w["classes"]) if w["network"] == "resnet32" else resnet50(w["classes"])
    for name, p in net.named_parameters():
        if p.dim() == 1:
            p.data.fill_(0.5 if name.endswith(".weight") else 0.0)
            continue
        shape = pixels(p).shape if p.dim() == 4 else p.shape
        fan_in = p.numel() // p.shape[0]
        drawn = torch.from_numpy(values(name_seed(name), p.numel(), 2 * math.sqrt(6 / fan_in))).view(*shape)
        p.data.copy_(planes(drawn) if p.dim() == 4 else drawn)
    net.to(DEVICE, memory_format=LAYOUT)
    batch, side = w["batch"], w["side"]
    images = planes(given(1, batch, side, side, 3, factor=4.0))
    if w["pass"] == "inference":
        infer = inference_of(net.eval(), images)
        return no_grad(lambda: infer(images))
    target = labels(batch, w["classes"])
    optimizer = torch.optim.SGD(net.parameters(), .1, .9, weight_decay=2e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), target).backward()
        optimizer.step()
        return optimizer.state[net.conv1.weight]["momentum_buffer"]

    return step, pixels


def resnet50(classes):
    from torchvision.models import resnet50 as build
    return build(num_classes=classes)


def no_grad(run):
    def quietly():
        with torch.no_grad():
            return run()

    return quietly


KINDS = {
    "matmul": matmul, "conv": conv, "batch_norm": batch_norm, "loss": loss, "sgd": sgd, "add": add,
    "network": network,
}


def finish():
    if CUDA:
        torch.cuda.synchronize()


def time_of(run, timing):
    """timeOf: milliseconds of one run, by the clock and of the processor: the best of several tries of many runs each."""
    begin, runs, best, least, tries = time.perf_counter(), 1, math.inf, math.inf, 0
    while tries < timing["tries"] and (tries == 0 or (time.perf_counter() - begin) * 1000 < timing["withinMs"]):
        start, used = time.perf_counter(), time.process_time()
        for _ in range(runs):
            run()
        finish()
        ms, used = (time.perf_counter() - start) * 1000, (time.process_time() - used) * 1000
        best, least = min(best, ms / runs), min(least, used / runs)
        if ms < timing["atLeastMs"]:
            runs = math.ceil(runs * min(10, 1.2 * timing["atLeastMs"] / ms))
        else:
            tries += 1
    return {"ms": best, "processorMs": least}


def answers(w):
    """answering: answers a workload after its first run and in the end; asked again, in the end alone."""
    if w["kind"] not in KINDS:
        yield {"name": w["name"], "ms": None, "sample": [], "why": f"{w['kind']} is not written for PyTorch"}
        return
    try:
        if not w.get("again"):
            made = KINDS[w["kind"]](w)
            run, layout = made if isinstance(made, tuple) else (made, lambda result: result)
            start = time.perf_counter()
            found = sample(layout(run()))
            if not all(map(math.isfinite, found)):
                raise ArithmeticError("its result is not finite")
            HELD.update(run=run, sample=found)
            first = f"the first run took {time.perf_counter() - start:.1f} s"
            yield {"name": w["name"], "ms": None, "sample": found, "why": f"{first}; {ABOUT}", "more": True}
        times = time_of(HELD["run"], w["timing"])
        yield {"name": w["name"], **times, "sample": HELD["sample"], "why": ABOUT}
    except Exception as error:
        yield {"name": w["name"], "ms": None, "sample": [], "why": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    prepare()
    ABOUT = about()
    for line in sys.stdin:
        for answer in answers(json.loads(line)):
            print(json.dumps(answer), flush=True)
