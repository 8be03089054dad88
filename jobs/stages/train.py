"""features -> head. Reads dataset/ and features/; writes runs/<run>/<model>/ with predictions.

With train.live it reads dataset/ and weights/, and no features. With --embed it first makes what is
missing of features/, from weights/. With branches.calcifications it first makes what is missing of
candidates/, from dataset/.
"""

import argparse
import functools
from collections.abc import Callable

from jobs.artifacts.layout import Root, RunFolder
from jobs.artifacts.plan import Plan, PlanChain
from jobs.artifacts.run import require_same_study
from jobs.calcifications.store import plan_candidates
from jobs.common.arguments import add_config, add_root, add_run, add_wait
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.names import ALL, fold_name
from jobs.config.study import Study, load_study
from jobs.data.dataset import Dataset, open_dataset
from jobs.data.training_set import select_training_set
from jobs.features.extract import Share, plan_features
from jobs.model import tf_runtime
from jobs.model.checkpoint import weights_recipe
from jobs.model.heads.conv_pool import require_fit
from jobs.model.shapes import feature_shape
from jobs.precision.resolve import needs_engine
from jobs.training.calcifications.halves import training_contours
from jobs.training.distributed.peers import Peers, add_peers, peers_from_arguments
from jobs.training.join import find_joined, open_join
from jobs.training.plan import TrainingPlan, training_mode, training_recipe
from jobs.training.start import Start, find_start, open_start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo train`."""
    add_root(parser)
    add_config(parser)
    add_run(parser)
    add_wait(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--fold", type=int, metavar="K", help="train on all folds but this one")
    which.add_argument("--all", action="store_true", help="train on all folds")
    parser.add_argument(
        "--embed", action="store_true", help="first make the features that are missing"
    )
    add_peers(parser)


def plan(options: argparse.Namespace, watch: Watch) -> Plan | PlanChain:
    """One model and its predictions; a training that was stopped is resumed."""
    study = load_study(options.config, options.overrides)
    name = _model_name(options, study)
    peers = peers_from_arguments(options.peers, options.peer)
    if options.embed and peers.count > 1:
        raise UsageError("--embed is not for --peers: run mammo embed before")
    root = Root(options.root)
    run = root.run(options.run)
    _require_possible(run, study)  # before an input is waited for, or made
    dataset = open_dataset(options.root, study)
    start = _find_others(run, study, dataset, name)
    train = functools.partial(_plan_training, run, study, dataset, name, peers, start)
    # The models of a study share what they make beforehand, as workers do.
    worker = study.data.folds if options.all else options.fold
    share = Share(worker, study.data.folds + 1)
    plans: list[Callable[[], Plan]] = []
    if options.embed and not study.train.live:
        if needs_engine(study):
            from jobs.precision.build import plan_engine

            plans.append(functools.partial(plan_engine, root, study, dataset))
        plans.append(functools.partial(plan_features, root, study, dataset, share))
    elif (training := train()).is_made():  # what lacks an input ends here, before work begins
        return training
    if study.branches.calcifications:
        training_contours(dataset, select_training_set(study, dataset, name))
        order = share.order(dataset.images)
        plans.append(functools.partial(plan_candidates, root, study, dataset, order))
    return PlanChain((*plans, train)) if plans else train()


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it, such as a run of another study, or a head that does not fit."""
    study = load_study(options.config, options.overrides)
    _model_name(options, study)
    _require_possible(Root(options.root).run(options.run), study)
    tf_runtime.require_installed()


def _require_possible(run: RunFolder, study: Study) -> None:
    """Raises MammoError for what will stop it, whatever the dataset.

    The run is of another study, the head does not fit the features, or the run that the models are
    to begin with is not there, or has another network; or that whose images join, other features.
    """
    require_same_study(run, study)
    if study.head.kind == "conv_pool":
        require_fit(study.head, feature_shape(study.views.size, study.model))
    open_start(run, study)
    open_join(study)


def _plan_training(
    run: RunFolder, study: Study, dataset: Dataset, name: str, peers: Peers, start: Start | None
) -> TrainingPlan:
    mode = training_mode(run.root, study, dataset)
    recipe = training_recipe(study, dataset, mode, name, start)
    return TrainingPlan(run, name, recipe, study, dataset, mode, peers, start)


def _find_others(run: RunFolder, study: Study, dataset: Dataset, name: str) -> Start | None:
    """The model to begin with. Raises MammoError where another run's patients are this dataset's.

    It does so before the features are made, which may take hours.
    """
    find_joined(study, dataset)
    weights = "" if study.model.from_scratch else weights_recipe(study).key
    return find_start(run, study, dataset, name, weights)


def _model_name(options: argparse.Namespace, study: Study) -> str:
    if options.all:
        return ALL
    if not 0 <= options.fold < study.data.folds:
        raise UsageError(
            f"--fold must be from 0 to {study.data.folds - 1} (data.folds); got {options.fold}"
        )
    return fold_name(options.fold)
