"""The lab: one home folder that binds cache, log, model, knowledge and experiments.

Long because the lab is one class whose methods are the notebook's verbs, each documented; they pass
on to the rooms in a few lines.
"""

from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.settings import Settings, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tailor_lab.cache import Cache, CacheRequest, Warmed
    from tailor_lab.experiment import Comparison, Experiment, Result
    from tailor_lab.experiment.analysis.early.monitor import Monitoring
    from tailor_lab.experiment.answers import Forecast
    from tailor_lab.experiment.race import Race
    from tailor_lab.experiment.run.review import Review
    from tailor_lab.experiment.workload import Workload
    from tailor_lab.llm import LLM, Attempt, Budget, Prompt
    from tailor_lab.llm.client import Mode as CacheMode
    from tailor_lab.report.verify import Check
    from tailor_lab.runlog import RunLog
    from tailor_lab.tailoring.edits import Mode
    from tailor_lab.tailoring.findings import Policy
    from tailor_lab.tailoring.item_schema import SchemaKind
    from tailor_lab.tailoring.knowledge import Knowledge
    from tailor_lab.tailoring.result import TailoredResume
    from tailor_lab.tailoring.scoring.scorer import Score


class Lab:
    """Everything that a notebook needs, opened from settings when it is first used.

    The home folder is `home`, else `TAILOR_LAB_HOME`, else `.lab` of the nearest project. Without
    any setting the lab needs no server and no key.

    >>> lab = Lab()
    >>> lab.settings.model
    'offline'
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        settings: Settings | None = None,
        knowledge: "Knowledge | None" = None,
    ) -> None:
        """`knowledge` takes the place of the shipped one with what is imported into the home."""
        self.settings = settings or Settings.load(home)
        self._given = knowledge

    @cached_property
    def knowledge(self) -> "Knowledge":
        """What it knows of skills, titles and industries: shipped, and imported into its home."""
        from tailor_lab.tailoring.knowledge.opening import knowledge_of

        return self._given or knowledge_of(self.settings.home)

    @cached_property
    def cache(self) -> "Cache":
        """The cache: Redis where `REDIS_URL` is set, else a file in the home folder."""
        from tailor_lab.cache import Cache

        cache = Cache.from_settings(self.settings)
        cache.listen(self._log_cache_request)
        return cache

    @cached_property
    def log(self) -> "RunLog":
        """The run log of the home folder."""
        from tailor_lab.runlog import RunLog

        settings = self.settings
        return RunLog(
            settings.home / "lab.duckdb",
            fsync=settings.log_fsync,
            store_content=settings.log_content != "none",
            redact=settings.log_content != "whole",
        )

    @cached_property
    def llm(self) -> "LLM":
        """The client for the model that the settings name."""
        return self.client(self.settings.model)

    def client(self, model: str, namespace: str = "lab", **options: Any) -> "LLM":
        """A client whose answers are cached under `namespace` and whose requests are logged.

        `options` are those of `LLM`: `mode`, `limits`, `budget`, `retries`, `timeout`, ….
        """
        from tailor_lab.llm import LLM

        return LLM(
            model,
            settings=self.settings,
            cache=self.cache,
            namespace=f"llm/{namespace}",
            listener=self._log_attempt,
            **options,
        )

    def prompt(self, name: str) -> "Prompt":
        """A prompt of the project's `experiments/prompts`, else a shipped one.

        `name` is a prompt's name or file. Raises `InputError` where there is none.
        """
        from tailor_lab.llm import Prompt

        return Prompt.load(name, project=self.settings.project)

    def score(self, resume: Any, job: Any, *, unsupported: "Iterable[object]" = ()) -> "Score":
        """How well a résumé answers a posting by what this lab knows; see `tailoring.score`.

        `resume` and `job` are paths, texts or mappings, `unsupported` places that earn nothing.
        """
        from tailor_lab.tailoring.scoring.scorer import score

        return score(resume, job, knowledge=self.knowledge, unsupported=unsupported)

    def tailor(
        self,
        resume: Any,
        job: Any,
        *,
        mode: "Mode" = "partial",
        prompt: str = "grounded",
        target_score: float | None = None,
        layers: "Sequence[str] | None" = None,
        findings: "Policy" = "warn",
        schema: "SchemaKind" = "item",
        max_edits: int | None = None,
        out: str | Path | None = None,
    ) -> "TailoredResume":
        """Tailors one résumé to one posting, logs the run, and writes the résumé to `out`.

        `resume` and `job` are paths, texts or mappings; the ending of `out` chooses its format.
        Where each line comes from is written beside it: `cv.docx` gets a `cv.sources.json`.
        `layers` are those to use of the prompt's layers of context; None uses all that it takes.
        `findings` is what is done about claims that the source does not support: `warn`, `repair`
        (ask again), `revert` (the source's words) or `fail`.
        `schema` is what the model is sent: `item`, made of this résumé's places, or `free`; and
        `max_edits` is how many edits are asked for at most, by default 12.
        """
        from tailor_lab.tailoring.item_schema import MOST_EDITS
        from tailor_lab.tailoring.stages import tailor

        if out is not None:
            from tailor_lab.tailoring.documents.write import check_writable

            # Before any money is spent.
            check_writable(out)
        tailored = tailor(
            resume,
            job,
            mode=mode,
            llm=self.llm,
            prompt=self.prompt(prompt),
            target_score=target_score,
            layers=layers,
            findings=findings,
            schema=schema,
            max_edits=MOST_EDITS if max_edits is None else max_edits,
            knowledge=self.knowledge,
        )
        if out is not None:
            from tailor_lab.tailoring import write_resume
            from tailor_lab.tailoring.page import write_sources

            write_resume(tailored.resume, out)
            write_sources(tailored, Path(out).with_suffix(".sources.json"))
        row = {name: value for name, value in tailored.row().items() if value is not None}
        self.log.track(**{**row, "source": "single"})
        return tailored

    def read(self, experiment: "str | Path | Experiment") -> "Experiment":
        """The experiment that a definition describes; the project's own, else a shipped one."""
        from tailor_lab.experiment import Experiment, read_definition

        if isinstance(experiment, Experiment):
            return experiment
        path = Path(experiment)
        places = (path, self.settings.project / path, shipped(str(path)))
        return read_definition(next((place for place in places if place.is_file()), path))

    def run(
        self,
        experiment: "str | Path | Experiment",
        *,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        budget: "float | Budget | None" = None,
        mode: "CacheMode" = "use",
        until: 'Literal["decided"] | None' = None,
        pause_after: int = 5,
    ) -> "Result":
        """Runs what is missing of an experiment, given as a definition's path or as an object.

        With `until="decided"` it stops at the first look that decides the primary metric for every
        variant, or shows that the plan cannot; `result.stopping` says what that saved.
        `budget`, in USD or as a `Budget`, ends the run before it is exceeded: what is finished is
        kept, a warning says how far it came, and running it again with more goes on. With
        `mode="offline-only"` every answer comes from the cache, with `"refresh"` none does.

        A variant all of whose first `pause_after` runs fail alike is paused with a warning that
        says how to go on; 0 pauses none. An error of the server, such as a wrong key, ends the run
        at once and is raised; what was made until then is kept.
        """
        from tailor_lab.experiment import run_experiment
        from tailor_lab.llm import Budget

        if isinstance(budget, int | float):
            budget = Budget(usd=float(budget))
        bench = self._bench(budget=budget, mode=mode)
        defined = self.read(experiment)
        return run_experiment(
            defined,
            bench,
            n_jobs=n_jobs,
            backend=backend,
            progress=progress,
            until=until,
            pause_after=pause_after,
        )

    def race(
        self,
        experiment: "str | Path | Experiment",
        *,
        budget: "float | Budget | None" = None,
        runs: int | None = None,
        error: float = 0.05,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        mode: "CacheMode" = "use",
    ) -> "Race":
        """Finds the best of many variants, and gives no more runs to those that cannot be.

        `budget`, in USD or as a `Budget`, and `runs`, the most runs to use, end it early: with more
        it goes on. The named one is worse than the true best by more than the primary metric's
        margin with chance `error` at most. Raises `InputError` where that metric has no margin.
        """
        from tailor_lab.experiment.run.race import run_race
        from tailor_lab.llm import Budget

        if isinstance(budget, int | float):
            budget = Budget(usd=float(budget))
        if budget is not None and 0 in (budget.usd, budget.tokens):
            raise InputError("The budget is 0; give more, or leave it out for the whole plan.")
        bench = self._bench(budget=budget, mode=mode)
        return run_race(
            self.read(experiment),
            bench,
            runs=runs,
            error=error,
            n_jobs=n_jobs,
            backend=backend,
            progress=progress,
        )

    def plan(
        self, experiment: "str | Path | Experiment", *, spread: float | None = None
    ) -> "Forecast":
        """What an experiment's items can tell, what its margin needs and what that costs.

        How much results vary comes from the log, or from `spread`, the standard deviation of the
        difference over items. Spends nothing.
        """
        from tailor_lab.experiment.analysis.forecast.planning import forecast
        from tailor_lab.experiment.run.prepare import prepare

        bench = self._bench()
        return forecast(prepare(self.read(experiment), bench), bench, spread=spread)

    def warm(
        self,
        experiment: "str | Path | Experiment",
        *,
        n_jobs: int = 8,
        progress: bool | None = None,
    ) -> "Warmed":
        """Fetches every answer that an experiment will ask for and the cache does not hold yet.

        Nothing is recorded as a run; when the experiment runs, it finds the answers and pays
        nothing. Says how many answers it loaded, skipped and failed to get.
        """
        from tailor_lab.cache import Warmed
        from tailor_lab.experiment import warm_experiment

        before = self._answers()
        bench, defined = self._bench(), self.read(experiment)
        batch = warm_experiment(defined, bench, n_jobs=n_jobs, progress=progress)
        loaded, found = (now - then for now, then in zip(self._answers(), before, strict=True))
        failed = {run.item_id: run.error for run in batch.failures if run.error is not None}
        return Warmed(loaded, found, failed)

    def _answers(self) -> tuple[int, int]:
        """How many answers of models the cache missed and found so far."""
        counts = [
            row for name, row in self.cache.stats().namespaces.items() if name.startswith("llm/")
        ]
        return sum(int(row["misses"]) for row in counts), sum(int(row["hits"]) for row in counts)

    def result(self, experiment: "str | Experiment", *, plan_hash: str | None = None) -> "Result":
        """The result of an experiment as the log holds it, by name or definition."""
        from tailor_lab.experiment.logged import experiment_of_plan, latest_plan, read_result

        name = experiment if isinstance(experiment, str) else experiment.name
        if name.endswith((".yaml", ".yml")):
            name = self.read(name).name
        plan, digest = latest_plan(self.log, name, plan_hash)
        return read_result(self.log, experiment_of_plan(plan), plan, digest)

    def review(
        self,
        experiment: "str | Path | Experiment",
        *,
        reviewer: str,
        question: str = "Which serves the applicant better, and stays true?",
        variants: "Sequence[str] | None" = None,
        stage: str | None = None,
        limit: int | None = None,
    ) -> "Review":
        """Blind pairs of an experiment's finished runs for a person to judge; labels go to the log.

        In a notebook the review shows itself, in a terminal use its `ask()`. `limit` is the number
        of items, `stage` the one whose result is shown: by default what the experiment's judges
        see, else the tailored résumé. `result.labelled().compare("human_preferred")` compares by
        the labels.
        `question` is what the reviewer is asked, `reviewer` the name that labels carry, and
        `variants` are those to judge against the baseline: by default all.
        """
        from tailor_lab.experiment.run.prepare import prepare
        from tailor_lab.experiment.run.review import review_of

        bench = self._bench()
        plan = prepare(self.read(experiment), bench)
        return review_of(
            plan,
            bench,
            reviewer=reviewer,
            question=question,
            variants=variants,
            stage=stage,
            limit=limit,
        )

    def compare(self, experiment: "str | Experiment") -> "Comparison":
        """The comparison of an experiment's variants, from the log."""
        return self.result(experiment).compare()

    def monitor(
        self,
        experiment: "str | Path | Experiment",
        *,
        by: str | None = None,
        shares: "Mapping[str, float] | None" = None,
    ) -> "Monitoring":
        """A live split as it stands, from what `log.track(experiment=…, variant=…)` recorded.

        Only operations since the last look are read. `by` is a column of `runs` to show segments
        of; `shares` are the planned parts of the traffic, equal by default.
        """
        from tailor_lab.experiment.analysis.early.monitor import monitor

        defined = self.read(experiment)
        defined = defined.running(self._workload_of(defined))
        return monitor(self.log, defined, by=by, shares=shares)

    def report(
        self,
        experiment: "str | Experiment",
        path: str | Path,
        *,
        value_per_success: float | None = None,
    ) -> Path:
        """Writes an experiment's report in the format that the path's ending names.

        With `value_per_success`, what a run that meets its target is worth in US dollars, the
        report says what each variant returns.
        """
        from tailor_lab.report import write_report

        return write_report(self.result(experiment), path, value_per_success=value_per_success)

    def verify(self, path: str | Path) -> "Check":
        """Computes a report again from the log and says what in it differs.

        Raises `InputError` where `path` is no report that tailor_lab wrote.
        """
        from tailor_lab.report import verify_report

        return verify_report(path, lambda name, plan_hash: self.result(name, plan_hash=plan_hash))

    def watch(
        self,
        experiment: str | None = None,
        *,
        metric: str = "improvement",
        every_s: float = 1.0,
        for_s: float | None = None,
    ) -> None:
        """Shows counters and a chart that update while runs are recorded, by whatever process.

        Ends when the kernel is interrupted, or after `for_s` seconds.
        Looks every `every_s` seconds.
        """
        from tailor_lab.report.watch import watch

        watch(self.log, experiment, metric=metric, every_s=every_s, for_s=for_s)

    def close(self) -> None:
        """Drains the log and closes what is open."""
        opened = vars(self)
        for name in ("llm", "cache", "log"):
            if name in opened:
                opened.pop(name).close()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        # In a worker process the lab opens its log and cache anew, once for all its items.
        return (_reopened, (self.settings, self._given))

    def __repr__(self) -> str:
        return f"Lab({str(self.settings.home)!r})"

    def _repr_html_(self) -> str:
        from tailor_lab.markup import heading, page, table

        found = self.settings
        shared = "Redis" if found.redis_url else "disk"
        rows = [("model", found.model), ("cache", f"memory, {shared}"), ("log", str(self.log.path))]
        return page(heading(repr(self)), table(("part", "is"), rows))

    def _bench(self, **options: Any) -> Any:
        from functools import partial

        from tailor_lab.experiment import Bench

        client = partial(self.client, **options)
        settings = self.settings
        return Bench(self.log, settings.project, settings.model, client, self._workload_of)

    def _workload_of(self, experiment: "Experiment") -> "Workload":
        """What an experiment runs, looked up here because workloads stand above experiments."""
        from tailor_lab.workloads.builtin import workload_of

        return workload_of(experiment, self.knowledge)

    def _log_attempt(self, attempt: "Attempt") -> None:
        from tailor_lab.recording import record_attempt

        record_attempt(self.log, attempt)

    def _log_cache_request(self, request: "CacheRequest") -> None:
        from tailor_lab.recording import record_cache_request

        record_cache_request(self.log, request)


@lru_cache(maxsize=4)
def _reopened(settings: Settings, knowledge: "Knowledge | None") -> Lab:
    return Lab(settings=settings, knowledge=knowledge)
