"""What can go wrong in a pipeline, each naming the item and the stage."""

from tailor_lab.errors import InputError, TailorLabError


class PipelineError(InputError):
    """A pipeline that cannot be: a circle, a name twice, an unknown name."""


class StageError(TailorLabError):
    """A stage failed on an item, after all its attempts; `cause` is what it raised.

    `kind` is the name of that exception's class.
    """

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


class TravelError(TailorLabError):
    """An input or a result cannot travel between processes.

    `message` says why, and `name` which, if it is known.
    """

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class WorkerDiedError(TailorLabError):
    """The process that worked on a stage is gone: killed, crashed, or out of memory."""


class RemoteStageError(TailorLabError):
    """Stands for what a stage raised in another process where that exception cannot travel."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return (RemoteStageError, (str(self), self.kind))


def describe(cause: BaseException) -> str:
    """An exception in words: its message, with its type where the message alone says little."""
    kind = kind_of(cause)
    try:
        text = str(cause).strip()
    except Exception:  # noqa: BLE001 (an exception that cannot even be printed is still a failure)
        return f"{kind}, whose message cannot be printed"
    if not text:
        return kind
    return text if " " in text else f"{kind}: {text}"


def without_frames(error: BaseException) -> BaseException:
    """The exception and its causes without the frames they passed through.

    Frames hold what they worked with: a batch that keeps the failure of a dead process would keep
    the whole pool and its semaphores.
    """
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def kind_of(cause: BaseException) -> str:
    """The name of an exception's type, as it was where it was raised."""
    return cause.kind if isinstance(cause, RemoteStageError) else type(cause).__name__


def _stage_error(item_id: str, stage: str, cause: str, kind: str, attempts: int) -> StageError:
    return StageError(item_id, stage, cause, kind=kind, attempts=attempts)
