"""Pipelines: graphs of stages, run as fast as the work allows, on any joblib backend."""

from tailor_lab.pipeline.errors import PipelineError, StageError, StageTimeoutError
from tailor_lab.pipeline.performance import Performance
from tailor_lab.pipeline.pipeline import Pipeline
from tailor_lab.pipeline.run import Batch, Listener, Run, StageRecord
from tailor_lab.pipeline.stage import Stage, StageContext, current, stage

__all__ = [
    "Batch",
    "Listener",
    "Performance",
    "Pipeline",
    "PipelineError",
    "Run",
    "Stage",
    "StageContext",
    "StageError",
    "StageRecord",
    "StageTimeoutError",
    "current",
    "stage",
]
