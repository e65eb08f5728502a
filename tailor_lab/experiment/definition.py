"""Experiment definitions in YAML, and the line that is wrong in them.

    name: prompts
    items: data/pairs.jsonl
    cluster: resume_id
    variants:
      - {name: baseline, prompt: plain}
      - {name: grounded, prompt: grounded}
    primary: {metric: improvement, margin: 2.0}
    guardrails:
      - {metric: unsupported_claims, kind: binary, margin: 0.01}

    metrics:
      - {metric: preferred, margin: 0.1, judge: {question: "Which is the better résumé?"}}

What runs is `workload: tailoring` unless it says otherwise: `workload: module:object` names a
`Workload`, `pipeline: module:object` a `Pipeline` of one's own, in a module next to the definition
or an installed one.

The keys are the fields of `Experiment`, `Variant`, `Metric` and `Judge`; `params` of a variant are
parameters of its model, as in `params: {temperature: 0.2, reasoning_effort: low}`; keys of a
variant that are not among its fields are inputs of the pipeline.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from tailor_lab.errors import InputError
from tailor_lab.experiment.design import Experiment, Judge, Metric, Variant

T = TypeVar("T")

_FIELDS = {f.name for f in dataclasses.fields(Experiment)} - {"source"}
_REQUIRED = ("name", "items", "variants", "primary")
_METRIC_FIELDS = {"metric", "kind", "margin", "better", "judge", "unit", "bounds"}
_JUDGE_FIELDS = {f.name for f in dataclasses.fields(Judge)}
_VARIANT_FIELDS = {f.name for f in dataclasses.fields(Variant)} - {"parameters", "params"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "items": (str,),
    "variants": (list,),
    "primary": (dict,),
    "guardrails": (list,),
    "metrics": (list,),
    "pipeline": (str,),
    "workload": (str,),
    "cluster": (str,),
    "baseline": (str,),
    "replicates": (int,),
    "looks": (int, str),
    "seed": (int,),
    "limit": (int,),
    "question": (str,),
    "goal": (str,),
    "covariates": (dict, list),
    "paired": (bool,),
}


def read_definition(path: str | Path) -> Experiment:
    """The experiment that a YAML file defines; `InputError` names the line that is wrong."""
    file = Path(path)
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise InputError(
            f"{file}: there is no such experiment definition. Give the path of a YAML file."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{file}{_yaml_line(error)}: this is not valid YAML.") from error
    if not isinstance(root, yaml.MappingNode):
        raise InputError(f"{file}: an experiment definition is a mapping with name, items, ….")
    reader = _Reader(file)
    fields = reader.mapping(root, _FIELDS, _TYPES)
    for key in _REQUIRED:
        if key not in fields:
            raise reader.problem(
                root, f'"{key}" is missing; a definition needs {", ".join(_REQUIRED)}'
            )
    nodes = {key.value: value for key, value in root.value}
    if {"workload", "pipeline"} <= nodes.keys():
        raise reader.problem(nodes["pipeline"], "give a workload or a pipeline, not both")
    variants = [reader.variant(node) for node in nodes["variants"].value]
    values = {
        **fields,
        "variants": variants,
        "primary": reader.metric(nodes["primary"]),
        **{
            key: [reader.metric(node) for node in nodes[key].value]
            for key in ("guardrails", "metrics")
            if key in nodes
        },
    }
    return reader.make(root, Experiment, **values, source=file)


class _Reader:
    """Turns YAML nodes into values and errors into sentences that name file and line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._loader = yaml.SafeLoader("")

    def problem(self, node: yaml.Node, what: str) -> InputError:
        return InputError(f"{self.file}, line {node.start_mark.line + 1}: {what}.")

    def make(self, node: yaml.Node, what: Callable[..., T], *args: Any, **fields: Any) -> T:
        """Calls `what`, and names file and line in the sentence of its `InputError`."""
        try:
            return what(*args, **fields)
        except InputError as error:
            raise self.problem(_meant(node, str(error)), str(error).removesuffix(".")) from None

    def mapping(
        self,
        node: yaml.Node,
        known: set[str] | None,
        types: Mapping[str, tuple[type, ...]] = MappingProxyType({}),
    ) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise self.problem(node, "expected keys and values here")
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if known is not None and key not in known:
                raise self.problem(
                    key_node, f'"{key}" is not known here; use {", ".join(sorted(known))}'
                )
            if key in values:
                raise self.problem(key_node, f'"{key}" stands here twice')
            value = self._loader.construct_object(value_node, deep=True)
            wanted = types.get(key)
            # A truth value is a number to Python.
            strange = isinstance(value, bool) and bool not in (wanted or ())
            if wanted and (strange or not isinstance(value, wanted)):
                names = " or ".join(t.__name__ for t in wanted)
                raise self.problem(
                    value_node, f'"{key}" must be {names}, not {type(value).__name__}'
                )
            values[key] = value
        return values

    def metric(self, node: yaml.Node) -> Metric:
        fields = self.mapping(node, _METRIC_FIELDS)
        if "metric" not in fields:
            raise self.problem(node, 'a metric needs its name, as in "metric: improvement"')
        if "judge" in fields:
            asked = next(value for key, value in node.value if key.value == "judge")
            fields["judge"] = self.make(asked, Judge, **self.mapping(asked, _JUDGE_FIELDS))
        return self.make(node, Metric, str(fields.pop("metric")), **fields)

    def variant(self, node: yaml.Node) -> Variant:
        fields = self.mapping(node, None)
        if "name" not in fields:
            raise self.problem(node, 'a variant needs its "name"')
        params = fields.pop("params", None)
        parameters = {k: v for k, v in fields.items() if k not in _VARIANT_FIELDS}
        named = {k: str(v) for k, v in fields.items() if k in _VARIANT_FIELDS}
        at = next((value for key, value in node.value if key.value == "params"), node)
        return self.make(
            at, Variant, **named, parameters=parameters, params={} if params is None else params
        )


def _meant(node: yaml.Node, sentence: str) -> yaml.Node:
    """The value that a sentence complains about, such as "looks is 99", else the whole."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if f" {key.value} is " in sentence), node)


def _yaml_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""
