"""How PyTorch runs a workload: device, threads, layout, JIT and TF32, by the arguments of the program.

  channels_last      tensors of images and filters in memory as [N, H, W, C], as PyTorch's tuning guide advises
  jit                an inference is traced, frozen and optimised (torch.jit), in the default layout
  jit-channels_last  an inference is traced and frozen, in channels_last
  tf32               products and convolutions on CUDA may round their operands to 10 bits"""
import os, sys
import torch
from blas import blas_of, loaded

ARGUMENTS = set(sys.argv[1:])
CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")
JIT = bool(ARGUMENTS & {"jit", "jit-channels_last"})
TF32 = "tf32" in ARGUMENTS
LAYOUT = torch.channels_last if ARGUMENTS & {"channels_last", "jit-channels_last"} else torch.contiguous_format


def prepare():
    """Sets the threads to the cores, and TF32 for products and convolutions alike."""
    set_tf32(TF32)
    torch.backends.cudnn.benchmark = True
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())


def set_tf32(on):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = on


def inference_of(net, images):
    """Makes a network in eval mode an inference of this setting."""
    if not JIT:
        return net
    with torch.no_grad():
        frozen = torch.jit.freeze(torch.jit.trace(net, images))
        if LAYOUT == torch.channels_last or not hasattr(torch.jit, "optimize_for_inference"):
            return frozen
        return torch.jit.optimize_for_inference(frozen)


def about():
    """Says what a reader has to know of the device and its libraries."""
    if CUDA:
        return f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}, TF32 {'on' if TF32 else 'off'}"
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))  # loads the BLAS, if that is loaded late
    blas = blas_of(loaded(), torch.backends.mkl.is_available(), os.environ.get("LD_PRELOAD", ""))
    kept = ", freed memory kept" if "MALLOC_TRIM_THRESHOLD_" in os.environ else ""
    return f"PyTorch {torch.__version__}, CPU, {torch.get_num_threads()} threads, {blas}{kept}"
