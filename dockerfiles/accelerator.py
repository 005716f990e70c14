"""Which accelerator this process sees: an NVIDIA GPU, a Jetson board, or none.

The answer is evidence, not hope. NVIDIA_VISIBLE_DEVICES says what was asked for, and
the GPU images set it themselves, so it is reported but never taken as proof of a GPU.
"""

from __future__ import annotations

import importlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping


@dataclass(frozen=True)
class Accelerator:
    kind: str
    """cuda, jetson or cpu."""
    device: str | None
    """The GPU's or the board's name, where it can be read."""
    l4t: str | None
    """The Jetson's Linux for Tegra release, such as 36.4.0."""
    torch: str | None
    cuda: str | None
    """The CUDA version that torch was built for."""
    usable: bool | None
    """Whether torch can compute on it. None: no torch here to ask."""
    requested: str | None
    """NVIDIA_VISIBLE_DEVICES, as this container was started."""
    problem: str | None
    """Why a GPU that should be there is of no use, and what to do about it."""


def detect(root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> Accelerator:
    torch, problem = _import_torch()
    usable = None if torch is None else bool(torch.cuda.is_available())
    requested = environ.get("NVIDIA_VISIBLE_DEVICES") or None
    board = _read(root / "proc/device-tree/model")
    # Docker hides /proc/device-tree from containers; the NVIDIA runtime mounts this one.
    release = _read(root / "etc/nv_tegra_release")

    if release is not None or (board is not None and "Jetson" in board):
        kind = "jetson"
    elif usable or any((root / "dev").glob("nvidia[0-9]*")):
        kind = "cuda"
    else:
        kind = "cpu"

    wants_gpu = kind == "jetson" or requested not in (None, "none", "void")
    if wants_gpu and usable is False:
        problem = (
            "torch finds no GPU it can use. On a Jetson start the container with "
            "--runtime nvidia, elsewhere with --gpus all, and compare the image's CUDA "
            "or L4T version with the host's driver."
        )
    return Accelerator(
        kind=kind,
        device=torch.cuda.get_device_name(0) if torch is not None and usable else board,
        l4t=_l4t_version(release),
        torch=None if torch is None else str(torch.__version__),
        cuda=None if torch is None else torch.version.cuda,
        usable=usable,
        requested=requested,
        problem=problem,
    )


def _import_torch() -> tuple[Any, str | None]:
    try:
        return importlib.import_module("torch"), None
    except (ImportError, OSError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "torch":
            return None, None
        # torch is installed, but something it needs, such as a CUDA library, is missing.
        return None, f"torch cannot be loaded: {error}"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ") or None
    except OSError:
        return None


def _l4t_version(release: str | None) -> str | None:
    # "# R36 (release), REVISION: 4.0, GCID: 37537400, BOARD: generic, …"
    match = re.search(r"R(\d+) \(release\), REVISION: ([\d.]+)", release or "")
    return f"{match[1]}.{match[2]}" if match else None
