"""One model in Google's LiteRT runtime: floats in, floats out, a single thread."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.domain import ModelError
from posture_monitor.vision.models import checked_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from posture_monitor.vision.models import ModelFile


class LiteRtModel:
    """A loaded model that takes one square RGB picture.

    Pictures go straight into the runtime's own memory, results come out as copies.
    """

    def __init__(
        self,
        model: ModelFile,
        models_dir: Path | None = None,
        *,
        outputs: tuple[int, ...] | None = None,
    ) -> None:
        """``outputs`` are the positions of those that are answered; None: all."""
        path = checked_path(model, models_dir)
        try:
            # Imported here: 0.05 s and 15 MB that --help and status don't need.
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise ModelError(
                "The pose runtime ai-edge-litert can't be loaded ({error}); reinstall "
                "posture-monitor.",
                error=error,
            ) from error
        try:
            with without_chatter():
                # A second thread costs more processor time than it saves on such models.
                self._interpreter: Any = Interpreter(model_path=str(path), num_threads=1)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                "The model file {path} can't be loaded ({error}); reinstall posture-monitor.",
                path=path,
                error=error,
            ) from error
        entry = self._interpreter.get_input_details()[0]
        self._input: int = entry["index"]
        self.side_px: int = int(entry["shape"][1])
        indices = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._outputs: list[int] = [
            indices[position] for position in (range(len(indices)) if outputs is None else outputs)
        ]

    def run(
        self, rgb: NDArray[np.uint8], *, scale: float, offset: float
    ) -> list[NDArray[np.float32]]:
        """Run the model on ``rgb * scale + offset``, of shape (side_px, side_px, 3).

        Each output comes without its leading batch dimension. It is a copy (0.1 ms of the 20 that
        a pose takes): the runtime refuses to run while a view of its memory is alive, and a
        profiler that samples stacks, as Dask's does, keeps the views in a finished call's frame.
        """
        tensor = self._interpreter.tensor(self._input)()[0]
        np.multiply(rgb, np.float32(scale), out=tensor)
        if offset:
            tensor += np.float32(offset)
        del tensor
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index)[0] for index in self._outputs]


@contextmanager
def without_chatter() -> Iterator[None]:
    """Keep the runtime from announcing its back end on standard error.

    It has no setting for that. What goes wrong still reaches us, as an exception.
    """
    kept = None
    with suppress(OSError):  # no standard error at all: nothing to keep quiet
        kept = os.dup(2)
    try:
        if kept is not None:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, 2)
            os.close(sink)
        yield
    finally:
        if kept is not None:
            os.dup2(kept, 2)
            os.close(kept)
