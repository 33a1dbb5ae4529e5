"""The sampler: Ocean's arguments in, Ocean's sample set out."""

# dimod's own types are not complete
# mypy: disable-error-code="misc, name-defined, no-any-return, no-untyped-call"

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from operator import index
from time import perf_counter_ns
from typing import Any, Literal

import dimod
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..anneal import ARRAYS, solve
from ..backends import BACKENDS, Watch
from ..energy import ROOM_TEMPERATURE_K
from ..errors import ProblemError
from ..schedule import CURVES
from .info import info_of
from .model import fitted
from .schedules import schedule_for

__all__ = ["LIMSampler"]


class LIMSampler(dimod.Sampler, dimod.Initialized):
    """A dimod sampler that anneals on an array of learning-in-memory cells.

    It takes the arguments of ``dwave.samplers.SimulatedAnnealingSampler`` by the same names and in the same order. What it
    does not know, such as ``randomize_order``, it ignores with dimod's warning.
    """

    @property
    def parameters(self) -> dict[str, list[str]]:
        """Arguments of :meth:`sample`, and the properties that belong to them."""
        belonging = {"beta_schedule_type": ["beta_schedule_options"], "backend": ["backends"], "array": ["arrays"]}
        arguments = signature(self.sample).parameters
        return {name: belonging.get(name, []) for name in arguments if name not in ("bqm", "kwargs")}

    @property
    def properties(self) -> dict[str, Any]:
        """What there is to choose from."""
        return {"backends": list(BACKENDS), "arrays": list(ARRAYS), "beta_schedule_options": [*CURVES, "custom"]}

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        beta_range: Sequence[float] | None = None,
        num_reads: int | None = None,
        num_sweeps: int | None = None,
        num_sweeps_per_beta: int = 1,
        beta_schedule_type: str = "geometric",
        seed: int | None = None,
        interrupt_function: Callable[[], bool] | None = None,
        beta_schedule: ArrayLike | None = None,
        initial_states: Any = None,
        initial_states_generator: Literal["none", "tile", "random"] = "random",
        *,
        backend: str | None = None,
        array: str = "event",
        lanes: int | None = None,
        barrier: float | tuple[float, float] = 0.0,
        levels: int | None = None,
        return_states: Literal["best", "final"] = "best",
        temperature_K: float = ROOM_TEMPERATURE_K,
        **kwargs: Any,
    ) -> dimod.SampleSet:
        """Sample from a binary quadratic model.

        The model is put on integers, exactly if its biases are multiples of a common unit (1, 1/2 ... 1/1024, 1/10, 1/100,
        1/1000) that an array can hold, otherwise rounded. The energies of the samples are those of the model itself.

        Parameters
        ----------
        bqm : dimod.BinaryQuadraticModel
            With any variable labels, biases, and vartype.
        beta_range : pair of float, optional
            First and last beta, as Ocean counts it: 1 / kT with E in the model's own units, acceptance exp(-beta dE). An
            array's beta is in bits per integer unit of E: beta * log2(e) * scale, scale the model's units per integer one.
            More than 31 bits are cut to that: nothing climbs there. By default :func:`.schedule.beta_range` of the model.
        num_reads : int, optional
            Independent runs; by default as many as there are initial states, or 1.
        num_sweeps : int, optional
            Attempts of each variable in a run; default 1000.
        num_sweeps_per_beta : int
            Sweeps at each beta.
        beta_schedule_type : str
            How beta gets from the first to the last: a name in :data:`.schedule.CURVES`, "linear" and "geometric" among
            them, or "custom" for ``beta_schedule``.
        seed : int, optional
            Fixes the samples: the reads have the seeds ``seed``, ``seed + 1`` ... By default a random one.
        interrupt_function : callable, optional
            Asked after the sweeps; when it returns true, sampling ends with the states found so far.
        beta_schedule : array_like of float, optional
            With "custom": the betas, ``num_sweeps_per_beta`` sweeps each.
        initial_states : samples-like, optional
            One for each read; by default they are uniformly random. See :func:`dimod.as_samples`.
        initial_states_generator : {"none", "tile", "random"}
            Where the others are from if there are fewer initial states than reads: that is an error, they are repeated, or
            they are random.
        backend : str, optional
            Machine to run on, one of ``properties["backends"]``; all return the same samples. By default the fastest there.
        array : str
            One of ``properties["arrays"]``, as in :func:`.solve`: "color" visits the variables colour by colour.
        lanes : int, optional
            As in :func:`.solve`.
        barrier : float or pair of float
            E0, or the first and the last of it, bits. It slows all rates alike, and leaves the stationary law as it is.
        levels : int, optional
            Largest integer coupling to round to. By default an exact fit is looked for, and otherwise as many levels as
            an array holds, at most 32767.
        return_states : {"best", "final"}
            The best of the states that a read had at the ends of its sweeps, for optimisation, or the last one, for
            Boltzmann samples at the last beta. SimulatedAnnealingSampler always returns the last one.
        temperature_K : float
            Of the reservoir, kelvin, for joules.

        Returns
        -------
        dimod.SampleSet
            A row for each read, in the order of their seeds. ``info`` is plain data for JSON: how it was run ("backend",
            "array", "lanes", "seeds", "beta_range" in Ocean's units, "num_sweeps" ...), the quantisation ("scale", the
            model's units per integer unit, and "quantisation_error", of a bias at most), for each read "heat_bits",
            "work_bits", "heat_joule" and "counters" with bits as in :class:`.Result`, "ledger", the means with bounds as
            :class:`.Ledger` explains them, estimates as [value, standard error] with None for what cannot be told, and
            "timing" in nanoseconds.

        Raises
        ------
        LimulatorError
            One of its subclasses, most of them ValueError too, for what cannot be run.
        """
        began = perf_counter_ns()
        self.remove_unknown_kwargs(**kwargs)
        if return_states not in ("best", "final"):
            raise ProblemError(f"return_states must be 'best' or 'final', got return_states={return_states!r}")
        if num_reads is not None and index(num_reads) < 1:
            raise ProblemError(f"num_reads must be at least 1, got num_reads={num_reads}")
        if seed is None:
            seed = int(np.random.default_rng().integers(1 << 31))
        elif index(seed) < 0:
            raise ProblemError(f"seed must not be negative, got seed={seed}")
        labels, states = list(bqm.variables), None
        if initial_states is not None or initial_states_generator != "random":
            states = self._states(bqm, labels, num_reads, initial_states, initial_states_generator, seed)
            num_reads = len(states)
        reads = num_reads or 1
        if not labels:
            return dimod.SampleSet.from_samples_bqm((np.empty((reads, 0), np.int8), labels), bqm)

        asked = (beta_range, num_sweeps, num_sweeps_per_beta, beta_schedule_type, beta_schedule, barrier)
        problem, schedule = fitted(bqm, labels, levels, lanes, array, lambda problem: schedule_for(problem, *asked))
        sampling = perf_counter_ns()
        result = solve(
            problem,
            schedule,
            backend=backend,
            array=array,
            lanes=lanes,
            replicas=reads,
            seed=seed,
            initial_states=states,
            temperature_K=temperature_K,
            watch=None if interrupt_function is None else _Interrupt(interrupt_function),
        )
        sampled = perf_counter_ns()
        found = np.array([o.best if return_states == "best" else o.x for o in result.outcomes], np.int8)
        if bqm.vartype is dimod.SPIN:
            found = 2 * found - 1
        info = info_of(result)
        info.update(
            beta_schedule_type=beta_schedule_type,
            return_states=return_states,
            timing={
                "preprocessing_ns": sampling - began,
                "sampling_ns": sampled - sampling,
                "postprocessing_ns": perf_counter_ns() - sampled,
            },
        )
        return dimod.SampleSet.from_samples_bqm((found, labels), bqm, info=info)

    def _states(
        self,
        bqm: dimod.BinaryQuadraticModel,
        labels: list[Any],
        num_reads: int | None,
        initial_states: Any,
        generator: Literal["none", "tile", "random"],
        seed: int,
    ) -> NDArray[np.int8]:
        """Initial states as cells, (reads, cells)."""
        parsed = self.parse_initial_states(
            bqm, initial_states, generator, num_reads, seed % (1 << 32), copy_always=True
        ).initial_states
        order = [parsed.variables.index(label) for label in labels]
        return np.asarray(parsed.record.sample[:, order] > 0, np.int8)


class _Interrupt(Watch):
    """Stops when it is told to."""

    def __init__(self, function: Callable[[], bool]) -> None:
        self._function = function
        self._stop = False

    @property
    def stop(self) -> bool:
        self._stop = self._stop or bool(self._function())
        return self._stop
