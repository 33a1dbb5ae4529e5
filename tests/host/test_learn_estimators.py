"""The estimators: scikit-learn's own checks, real data, and tasks learned one after the other."""

import importlib
import json
import sys

import numpy as np
import pytest

import limulator.learn
from limulator.errors import LimulatorError, ScheduleError

pytest.importorskip("sklearn")

from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from limulator.learn import LIMClassifier, LIMRegressor

SHORT = {"sweeps": 20, "replicas": 1}


def conforms(estimator):
    found = check_estimator(estimator, on_skip=None)
    assert [check["check_name"] for check in found if check["status"] == "failed"] == []
    # skipped are checks of array API and pandas input, which need more packages
    assert sum(check["status"] == "passed" for check in found) >= 50


@pytest.mark.parametrize(
    "estimator", [LIMRegressor(**SHORT), LIMClassifier(**SHORT), LIMClassifier("hinge", **SHORT)], ids=str
)
def test_conventions(estimator):
    conforms(estimator)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [LIMRegressor(), LIMClassifier(), LIMClassifier("hinge")], ids=str)
def test_conventions_as_it_comes(estimator):
    conforms(estimator)


@pytest.fixture(scope="module")
def digits():
    """Seen and unseen samples, seen and unseen labels."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=450, random_state=0, stratify=y)


def test_digits_by_least_squares(digits):
    seen, unseen, labels, answers = digits
    model = LIMClassifier(random_state=0).fit(seen, labels)
    peer = make_pipeline(StandardScaler(), RidgeClassifier()).fit(seen, labels)
    assert abs(model.score(unseen, answers) - peer.score(unseen, answers)) <= 0.015
    assert peer.score(unseen, answers) > 0.92
    assert model.cells_.shape == (10, 65)
    assert 0 <= model.cells_.min() < model.cells_.max() <= 255
    weights = model.coef_ * model.feature_scale_
    assert weights == pytest.approx((model.cells_[:, :-1] / 127.5 - 1) * model.w_max_[:, None])
    account = json.loads(json.dumps(model.energy_, allow_nan=False))
    assert account["first_stage"]["heat_bits"] > account["first_stage"]["bound_bits"] > 0


def test_digits_by_support_vectors(digits):
    X, unseen, y, answers = digits
    seen, labels = X[:400], y[:400]
    model = LIMClassifier("hinge", C=0.1, sweeps=100, replicas=1, random_state=0).fit(seen, labels)
    svc = LinearSVC(C=0.1, loss="hinge", max_iter=100_000, random_state=0)
    peer = make_pipeline(StandardScaler(), svc).fit(seen, labels)
    unseen, answers = np.vstack([unseen, X[400:]]), np.append(answers, y[400:])
    assert abs(model.score(unseen, answers) - peer.score(unseen, answers)) <= 0.015
    assert peer.score(unseen, answers) > 0.9
    assert model.cells_.shape == (10, 400)
    account = json.loads(json.dumps(model.energy_, allow_nan=False))
    assert account["heat_bits"] > account["first_stage"]["heat_bits"] > account["first_stage"]["bound_bits"] == 0


def test_diabetes_by_regression():
    X, y = load_diabetes(return_X_y=True)
    seen, unseen, labels, answers = train_test_split(X, y, random_state=0)
    model = LIMRegressor(random_state=0).fit(seen, labels)
    peer = make_pipeline(StandardScaler(), Ridge()).fit(seen, labels)
    # a rounded weight is off by half a step at most; the ten move a prediction by less than 3 % of the targets' spread
    off = (model.predict(unseen) - peer.predict(unseen)).std() / labels.std()
    assert off <= np.sqrt(10) * model.w_max_[0] / 255 * 3
    assert model.score(unseen, answers) == pytest.approx(peer.score(unseen, answers), abs=0.02)


def test_several_targets_are_learned_one_by_one():
    generator = np.random.default_rng(1)
    X = generator.normal(size=(100, 3))
    y = X @ [[1.0, 0.0], [2.0, 1.0], [0.0, -5.0]] + [3.0, -7.0]
    model = LIMRegressor(alpha=1e-3, random_state=0).fit(X, y)
    assert model.coef_ == pytest.approx(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -5.0]]), abs=0.1)
    assert model.intercept_ == pytest.approx([3.0, -7.0], abs=0.2)
    assert model.predict(X).shape == (100, 2)
    assert model.partial_fit(X, y).predict(X[:1]).shape == (1, 2)
    with pytest.raises(LimulatorError, match="as many outputs as before"):
        model.partial_fit(X, y[:, 0])


def two_tasks(seed=0):
    """Each with ten features of its own, which are silent in the other; of the labels' sign, with noise."""
    generator = np.random.default_rng(seed)
    labels = np.where(np.arange(400) % 2, 1, -1)
    tasks = []
    for mine in (slice(0, 10), slice(10, 20)):
        X = np.zeros((400, 20))
        X[:, mine] = labels[:, None] * generator.uniform(0.2, 0.6, 10) + generator.normal(size=(400, 10))
        tasks.append((X, labels))
    return tasks


@pytest.mark.parametrize("loss", ["classification", "regression"])
def test_a_second_task_does_not_erase_the_first(loss):
    """Weights of silent features leak behind a fixed barrier; where it has risen by 9 bits they move by a step or so."""
    (A, a), (B, b) = two_tasks()
    kept = {}
    for plasticity in (1.0, np.inf):
        if loss == "classification":
            model = LIMClassifier(plasticity=plasticity, sweeps=1000, replicas=1, random_state=1)
            model.partial_fit(A, a, classes=[-1, 1])
        else:
            model = LIMRegressor(plasticity=plasticity, sweeps=1000, replicas=1, random_state=1).partial_fit(A, a)
        before = np.sign(model.predict(A))
        model.partial_fit(B, b)
        assert np.mean(np.sign(model.predict(B)) == b) > 0.85
        kept[plasticity] = np.mean(np.sign(model.predict(A)) == before)
        assert model.energy_["first_stage"] is None
    assert kept[1.0] > 0.97
    assert kept[np.inf] < 0.9
    assert model.confidence_ == pytest.approx(np.append(np.full(20, 400), 800), rel=0.5)


def test_learning_in_batches_of_one_task(digits):
    seen, unseen, labels, answers = digits
    scores = []
    model = LIMClassifier(random_state=0, replicas=1)
    for batch in np.array_split(np.arange(len(seen)), 3):
        model.partial_fit(seen[batch], labels[batch], classes=np.arange(10))
        scores.append(model.score(unseen, answers))
    assert scores[-1] > scores[0] > 0.85
    assert model.confidence_[-1] == len(seen)


def test_the_dual_learns_once():
    assert not hasattr(LIMClassifier("hinge"), "partial_fit")
    assert hasattr(LIMClassifier(), "partial_fit")


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"loss": "log"}, ValueError, "loss must be one of squared_error, hinge, got loss='log'"),
        ({"alpha": 0.0}, ValueError, "alpha must be positive, got alpha=0.0"),
        ({"loss": "hinge", "C": -1.0}, ValueError, "C must be positive, got C=-1.0"),
        ({"w_max": 0.0}, ValueError, "w_max must be positive, got w_max=0.0"),
        ({"plasticity": 0.0}, ValueError, "plasticity must be positive, got plasticity=0.0"),
        ({"bits": 17}, ValueError, "bits must be 1..16, got bits=17"),
        ({"replicas": 0}, ValueError, "replicas must be at least 1, got replicas=0"),
        ({"sweeps": 0}, ScheduleError, "sweeps must be"),
        ({"backend": "abacus"}, LimulatorError, "no backend named 'abacus'"),
    ],
    ids=str,
)
def test_what_cannot_be_trained(parameters, error, message):
    (X, y), _ = two_tasks()
    with pytest.raises(error, match=message):
        LIMClassifier(**parameters).fit(X, y)


def test_what_cannot_be_learned_more():
    (X, y), _ = two_tasks()
    with pytest.raises(ValueError, match="pass classes="):
        LIMClassifier(**SHORT).partial_fit(X, y)
    with pytest.raises(ValueError, match="2 classes or more, got one class"):
        LIMClassifier(**SHORT).fit(X, np.ones(len(X)))
    model = LIMClassifier(**SHORT).partial_fit(X, y, classes=[-1, 1])
    with pytest.raises(ValueError, match="classes must stay what they were"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"y has labels that are not among the classes .*: \[0 2\]"):
        model.partial_fit(X, y + 1)


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"scikit-learn cannot be imported .*: pip install 'limulator\[ml\]'"):
        limulator.learn.LIMClassifier  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'LIMTransformer'"):
        limulator.learn.LIMTransformer  # noqa: B018
    assert importlib.import_module("limulator.experiments.consolidation").EXPERIMENT.number == 13
