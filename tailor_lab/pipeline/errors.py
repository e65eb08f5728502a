"""What can go wrong in a pipeline, each naming the item and the stage."""

from tailor_lab.errors import InputError, TailorLabError


class PipelineError(InputError):
    """A pipeline that cannot be: a circle, a name twice, an unknown name."""


class StageError(TailorLabError):
    """A stage failed on an item, after all its attempts; `cause` is what it raised."""

    def __init__(
        self, item_id: str, stage: str, cause: str, *, kind: str = "Exception", attempts: int = 1
    ) -> None:
        self.item_id = item_id
        self.stage = stage
        self.cause = cause
        self.kind = kind
        self.attempts = attempts
        times = "" if attempts == 1 else f" after {attempts} attempts"
        super().__init__(f'Stage "{stage}" failed on item "{item_id}"{times}: {cause}')

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions travel between processes by their arguments, which here are not the message.
        return (_stage_error, (self.item_id, self.stage, self.cause, self.kind, self.attempts))


class StageTimeoutError(TailorLabError):
    """A stage took longer than its timeout allows."""


def _stage_error(item_id: str, stage: str, cause: str, kind: str, attempts: int) -> StageError:
    return StageError(item_id, stage, cause, kind=kind, attempts=attempts)
