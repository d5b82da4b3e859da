"""Tells which library of linear algebra a process has really loaded. Debian's torch links to whatever libblas.so.3 is."""
import os

# The first that is loaded does the work: a preloaded OpenBLAS goes before the libblas that torch was linked to.
NAMES = {"mkl": "MKL", "openblas": "OpenBLAS", "blis": "BLIS", "blas": "the system's BLAS"}


def blas_of(paths, mkl, preloaded):
    """Names the BLAS of loaded files. mkl: torch has MKL inside; preloaded: the value of LD_PRELOAD."""
    if mkl:
        return "MKL"
    files = sorted({os.path.basename(path) for path in paths})
    for part, name in NAMES.items():
        found = [file for file in files if file.startswith("lib" + part)]
        if found:
            told = f"{name} ({found[0]}{', preloaded' if part in preloaded else ''})"
            return told if part != "blas" else f"{told}: slow where that is the reference BLAS, install libopenblas0"
    return "BLAS unknown"


def loaded():
    """The libraries of this process, on Linux; [] elsewhere."""
    try:
        with open("/proc/self/maps") as maps:
            return [line.split()[-1] for line in maps if ".so" in line]
    except OSError:
        return []
