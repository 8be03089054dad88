"""The plan of one model's training."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts.layout import (
    CALCIFICATIONS,
    HISTORY,
    LOCATION_MAPS,
    PREDICTIONS,
    TENSORBOARD,
    Root,
    RunFolder,
    weights_file,
)
from jobs.artifacts.plan import Outcome
from jobs.artifacts.publish import (
    publish,
    remove_workspace,
    unless_another_finishes,
    up_to_date,
    workspace,
)
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import START, claim_run
from jobs.calcifications.store import candidates_recipe, open_candidates
from jobs.common import resources
from jobs.common.progress import Watch
from jobs.config.names import BEST, LAST, TEST, VALIDATION
from jobs.config.study import Study, plain
from jobs.data.dataset import Dataset
from jobs.evaluation.cautions import INFLATED, INFLATED_BY_DESIGN
from jobs.evaluation.history import history_csv
from jobs.evaluation.predictions import Prediction, select, to_csv
from jobs.model import tf_runtime
from jobs.training.augment_first import split_views
from jobs.training.distributed.peers import ALONE, Peers
from jobs.training.inputs import TrainingMode
from jobs.training.start import Start
from jobs.training.state import TrainingState, load_state

if TYPE_CHECKING:
    from jobs.training.loop import Trainer

FORMAT = 3
REMEDY = "name a new run with --run"


def training_mode(root: Root, study: Study, dataset: Dataset) -> TrainingMode:
    """How the study trains.

    Raises:
        MissingInputError: an artifact that this mode reads is not there; names the command.
    """
    if study.train.live:
        from jobs.training.live import Live

        return Live(root, study, dataset)
    from jobs.training.from_features import FromFeatures

    return FromFeatures(root, study, dataset)


def training_recipe(
    study: Study, dataset: Dataset, mode: TrainingMode, name: str, start: Start | None = None
) -> Recipe:
    """What the model `name` depends on; the model that it begins with is an input, by its key."""
    train = plain(study.train)
    del train["start_from"], train["join"]  # what they name are inputs
    configuration = {
        "model": name,
        "seed": study.seed,
        "head": plain(study.head),
        "contours": plain(study.contours),
        "train": train,
        "folds": study.data.folds,
        **mode.configuration,
    }
    if study.data.augment_first:
        configuration["order"] = study.data.order
    inputs = {"dataset": dataset.key, **mode.inputs}
    if start:
        inputs[START] = start.manifest.key
    if study.branches.calcifications:
        configuration["branches"] = plain(study.branches)
        inputs["candidates"] = candidates_recipe(study, dataset).key
    return Recipe("train", inputs, configuration, FORMAT)


@dataclass(frozen=True)
class TrainingPlan:
    """The plan of one model. Its state is kept at each epoch's end, and survives a stop.

    Attributes:
        run: the run that the model is of; making the model claims it for the study.
        model: fold0, fold1, ... or all.
        start: the model that it begins with; None where it begins with random weights.
    """

    run: RunFolder
    model: str
    recipe: Recipe
    study: Study
    dataset: Dataset
    mode: TrainingMode
    peers: Peers
    start: Start | None = None

    @property
    def target(self) -> Path:
        """The model's folder."""
        return self.run.model(self.model).folder

    def is_made(self) -> bool:
        if not up_to_date(self.target, self.recipe, REMEDY):
            return False
        remove_workspace(self.target, self.recipe)  # of a call that was killed after publishing
        return True

    def make(self, watch: Watch) -> Outcome:
        """Trains; the chief of the peers publishes."""
        claim_run(self.run, self.study)
        with unless_another_finishes(self.target, self.recipe, REMEDY):
            peers = self._join_peers()
            if not peers:
                return Outcome.NOTHING_LEFT
            with self._trainer(peers, watch) as trainer:
                if peers.chief:
                    self._publish(trainer, watch)
                else:
                    self._follow(trainer, watch)
            if peers.chief:
                remove_workspace(self.target, self.recipe)
            return Outcome.MADE
        return Outcome.NOTHING_LEFT

    def _join_peers(self) -> Peers | None:
        """The peers to train with; None if this process has nothing left to do.

        After the last epoch the chief predicts and publishes alone.
        """
        finished = load_state(self._work()).epoch == self.study.train.epochs
        if finished:
            return ALONE if self.peers.chief else None
        if self.peers.count > 1:
            tf_runtime.join(self.peers.tf_config, self.peers.count)
        return self.peers

    @contextlib.contextmanager
    def _trainer(self, peers: Peers, watch: Watch) -> Iterator["Trainer"]:
        from jobs.training.batches import BatchLoader
        from jobs.training.distributed.replicas import Replicas
        from jobs.training.loop import Trainer

        replicas = Replicas(tf_runtime.strategy(), peers)
        training_set = self.mode.training_set(self.model)
        if self.study.data.augment_first:
            training_set = split_views(self.study, self.dataset, training_set)
        with replicas.name_lost_peers():
            replicas.require_same(self.recipe.key)
            with self.mode.open(training_set, replicas, watch) as inputs:
                batches = BatchLoader(inputs.source, self.study, training_set, replicas)
                build = self.start.begin(inputs.build) if self.start else inputs.build
                yield Trainer(build, batches, self._work())

    def _publish(self, trainer: "Trainer", watch: Watch) -> None:
        from jobs.model.location_maps import to_bytes
        from jobs.training.location_maps import make_location_maps

        effort = resources.watch_effort()
        state, predictions = self._train(trainer, watch)
        with publish(self.target, self.recipe, REMEDY, effort=effort) as draft:
            trainer.save_weights(state.weights, draft.folder / weights_file(LAST))
            if trainer.training_set.validation:
                trainer.save_weights(state.best, draft.folder / weights_file(BEST))
            (draft.folder / HISTORY).write_text(history_csv(state.history))
            (draft.folder / PREDICTIONS).write_bytes(to_csv(predictions))
            if self.study.head.kind == "local":
                maps = make_location_maps(trainer, state, self.dataset)
                (draft.folder / LOCATION_MAPS).write_bytes(to_bytes(maps))
            if self.study.branches.calcifications:
                shutil.copy(trainer.work / CALCIFICATIONS, draft.folder)
            shutil.copytree(trainer.work / TENSORBOARD, draft.folder, dirs_exist_ok=True)
            draft.device = tf_runtime.device()
            draft.determinism = tf_runtime.determinism()
            draft.notes = {
                **self.mode.notes,
                "seconds_waited": round(state.waited, 3),
                "seconds_stepped": round(state.stepped, 3),
                **(self.start.notes if self.start else {}),
                **({INFLATED: INFLATED_BY_DESIGN} if self.study.data.augment_first else {}),
            }

    def _follow(self, trainer: "Trainer", watch: Watch) -> None:
        """Trains beside the chief."""
        from jobs.training.tensorboard.log import TensorBoardLog

        trainer.run(self._after_epoch(watch), TensorBoardLog(None))

    def _train(self, trainer: "Trainer", watch: Watch) -> tuple[TrainingState, list[Prediction]]:
        """Trains and predicts; TensorBoard shows both."""
        from jobs.training.predict_folds import predict_folds
        from jobs.training.tensorboard.description import describe_model
        from jobs.training.tensorboard.log import TensorBoardLog

        validated = bool(trainer.training_set.validation)
        with TensorBoardLog(trainer.work / TENSORBOARD, validated) as log:
            if load_state(trainer.work).epoch == 0:
                describe_model(log, self.target.parent.name, trainer, self.dataset)
            state = trainer.run(self._after_epoch(watch), log)
            calcifications = self._calcifications(trainer, watch)
            predictions = list(predict_folds(trainer, state, self.dataset, calcifications))
            if validated:
                log.roc(select(predictions, weights=LAST, split=VALIDATION))
        return state, predictions

    def _calcifications(self, trainer: "Trainer", watch: Watch) -> dict[str, float] | None:
        """What the branch for calcifications makes of the images to predict; it is trained first.

        None where the study has no such branch.
        """
        if not self.study.branches.calcifications:
            return None
        from jobs.training.calcifications.fit_branch import BranchTraining

        candidates = open_candidates(self.run.root, self.study, self.dataset)
        training = BranchTraining(
            self.study, self.dataset, trainer.training_set, candidates, trainer.work
        )
        branch = training.fit(watch)
        ids = (*trainer.training_set.validation, *self.dataset.splits[TEST])
        return {image_id: branch.logit_of_candidates(candidates[image_id]) for image_id in ids}

    def _after_epoch(self, watch: Watch) -> Callable[[int], None]:
        what = f"train {self.model}: epochs"
        return lambda epoch: watch(what, epoch, self.study.train.epochs)

    def _work(self) -> Path:
        return workspace(self.target, self.recipe)
