"""Test accuracy and heat of models trained in memory, beside double precision, on the digits of scikit-learn.

    uv run --group benchmark python benchmarks/learning.py [SPLITS]

Each kind of model is trained on three quarters of the 1797 images, for SPLITS (5) random splits, and tested on the rest.
The peers minimise the same loss in double precision: RidgeClassifier the squares, LinearSVC the hinge loss.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import sys
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from limulator.energy.estimate import mean_of
from limulator.learn import LIMClassifier
from reporting import machine, report

SPLITS = 5


def models() -> list[tuple[str, Any, list[LIMClassifier]]]:
    """For each kind of loss a peer, and models of several precisions."""
    support_vectors = LinearSVC(loss="hinge", C=0.1, max_iter=100_000, random_state=0)
    return [
        ("RidgeClassifier", RidgeClassifier(), [LIMClassifier(bits=bits, random_state=0) for bits in (4, 8, 12)]),
        (
            "LinearSVC",
            support_vectors,
            # there are as many cells as samples, all of them coupled: few sweeps of one replica are enough
            [LIMClassifier("hinge", C=0.1, sweeps=100, replicas=1, random_state=0)],
        ),
    ]


def tell(subject: str, metric: str, values: list[float], unit: str) -> None:
    """A mean over the splits, and for shares its standard error."""
    estimate = mean_of(np.array(values))
    report("learning", "digits", subject, metric, estimate.value, unit)
    if unit == "share":
        report("learning", "digits", subject, f"{metric}, standard error", estimate.standard_error, unit)


def main() -> None:
    """Measure all models on all splits."""
    splits = int(sys.argv[1]) if sys.argv[1:] else SPLITS
    machine("limulator", "numpy", "scikit-learn")
    X, y = load_digits(return_X_y=True)
    data = [train_test_split(X, y, test_size=0.25, random_state=split, stratify=y) for split in range(splits)]
    for name, peer, arrays in models():
        pipeline = make_pipeline(StandardScaler(), peer)
        reference = [pipeline.fit(seen, labels).score(unseen, answers) for seen, unseen, labels, answers in data]
        tell(f"{name}, 64 bits", "test accuracy", reference, "share")
        for model in arrays:
            accuracies, accounts = [], []
            for seen, unseen, labels, answers in data:
                accuracies.append(model.fit(seen, labels).score(unseen, answers))
                accounts.append(model.energy_)
            subject = f"LIMClassifier, {model.loss}, {model.bits} bits, replicas: {model.replicas}"
            tell(subject, "test accuracy", accuracies, "share")
            tell(subject, f"accuracy below {name}", np.subtract(reference, accuracies).tolist(), "share")
            tell(subject, "heat", [account["heat_bits"] for account in accounts], "bits")
            tell(subject, "heat", [account["heat_J"] for account in accounts], "J")
            tell(subject, "updates", [account["updates"] for account in accounts], "accepted steps")
            if model.replicas > 1:  # of one alone there is no bound
                for metric in ("heat", "bound"):
                    values = [account["first_stage"][f"{metric}_bits"] for account in accounts]
                    tell(subject, f"{metric} of the first stage", values, "bits")


if __name__ == "__main__":
    main()
