"""Pipelines: graphs of stages, run as fast as the work allows, on any joblib backend."""

from tailor_lab.pipeline.batch import Batch, Interrupted, SourceError, Tally
from tailor_lab.pipeline.context import StageContext, current
from tailor_lab.pipeline.errors import (
    PipelineError,
    StageError,
    StageTimeoutError,
    TravelError,
    WorkerDiedError,
)
from tailor_lab.pipeline.performance import Performance
from tailor_lab.pipeline.pipeline import Pipeline
from tailor_lab.pipeline.run import Listener, Run, StageRecord
from tailor_lab.pipeline.stage import Stage, stage

__all__ = [
    "Batch",
    "Interrupted",
    "Listener",
    "Performance",
    "Pipeline",
    "PipelineError",
    "Run",
    "SourceError",
    "Stage",
    "StageContext",
    "StageError",
    "StageRecord",
    "StageTimeoutError",
    "Tally",
    "TravelError",
    "WorkerDiedError",
    "current",
    "stage",
]
