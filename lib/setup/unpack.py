"""Unpacks what acinus needs of a torch wheel, an nvidia wheel or an official LibTorch archive.

usage: unpack.py FILE DESTINATION cpu|cuda

Standard library only (zipfile checks every file's CRC). Prints `progress DONE TOTAL` in bytes; a broken archive exits with 3.
"""

import os
import re
import sys
import zipfile
import zlib

# What a program that uses LibTorch from C++ on the CPU never opens; libtorch.so only names the CPU and CUDA libraries together.
NOT_FOR_CPU = re.compile(
    r"^(lib)?(torch_cuda|c10_cuda|caffe2_nvrtc|torch_nvshmem|torch_global_deps|torch\.(so|dll|dylib)"
    r"|cudnn|cublas|cufft|cusolver|cusparse|curand|nccl|nvrtc|nvshmem|nvJitLink|cufile)"
)
NEVER = re.compile(r"^(lib)?(torch_python|shm)|\.a$")
RUNTIME = re.compile(r"^(lib)?(cudart|cupti)\b")


def target(name, device):
    """Where an entry of the archive goes, relative to the destination; None for what is not needed."""
    top, _, rest = name.partition("/")
    base = os.path.basename(name)
    if name.endswith("/") or ".." in name.split("/"):
        return None
    if top == "libtorch":
        top = "torch"
    if top == "torch":
        if rest.startswith("include/") or rest in ("version.py", "build-version", "build-hash"):
            return f"torch/{rest}"
        if rest.startswith("lib/") and not NEVER.search(base) and not (device == "cpu" and NOT_FOR_CPU.search(base)):
            return f"torch/{rest}"
        return None
    if top == "torch.libs":
        return name
    if top == "nvidia":
        return name if device == "cuda" or RUNTIME.search(base) else None
    if top.endswith(".dist-info") and re.search(r"METADATA|LICEN[CS]E|NOTICE", name):
        return f"licenses/{name}"
    return None


def main(file, destination, device):
    with zipfile.ZipFile(file) as archive:
        wanted = [(entry, target(entry.filename, device)) for entry in archive.infolist()]
        wanted = [(entry, path) for entry, path in wanted if path]
        total = sum(entry.file_size for entry, _ in wanted)
        done = told = 0
        for entry, path in wanted:
            path = os.path.join(destination, *path.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as out:
                while block := source.read(1 << 22):
                    out.write(block)
                    done += len(block)
                    if done - told > 1 << 24:
                        print(f"progress {done} {total}", flush=True)
                        told = done
                if entry.file_size > 1 << 20:
                    # The big libraries must be on the disk before the folder gets its final name.
                    out.flush()
                    os.fsync(out.fileno())
        print(f"progress {done} {total}", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:4])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        print(f"broken {error}", file=sys.stderr)
        sys.exit(3)
    except OSError as error:
        print(f"failed {error}", file=sys.stderr)
        sys.exit(4)
