"""Prompts as files: Markdown with YAML front matter, filled in by sandboxed Jinja2.

    ---
    description: What it asks for, in one sentence.
    variables: {resume: required, job: required, requirements: optional}
    parameters: {temperature: 0}
    ---
    # system
    You tailor résumés. Work in {{ mode }} mode.
    # user
    {{ resume | block("resume") }}
    {{ job | block("job") }}

Each top-level heading `# system`, `# user` or `# assistant` opens a message. The file is cut into
messages before anything is filled in, and the `block` filter writes data as JSON in which `<`, `>`
and `&` are escaped: data can neither open a message nor close its block. A name that is not given
is an error, and code in a template reaches nothing but its variables.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped

FOLDER = Path("experiments") / "prompts"
_HEADING = re.compile(r"^# (system|user|assistant)[ \t]*$", re.MULTILINE)
_BLOCK_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PromptError(InputError):
    """A prompt that cannot be found, read or filled in; the message names file and line."""


class Messages(list[dict[str, str]]):
    """The messages of a filled-in prompt; they know which prompt made them."""

    prompt: str | None = None
    prompt_hash: str | None = None
    parameters: Mapping[str, Any] = {}

    @property
    def hash(self) -> str:
        """SHA-256 of what is sent, the same wherever the same text is sent."""
        return _digest(list(self))


class LayerRule(BaseModel):
    """On which conditions a prompt takes a layer of context."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    """How sure what was detected must be, 0 to 1."""
    modes: tuple[str, ...] | None = None
    """The modes in which it is taken; None means all."""


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid")
    description: str = ""
    variables: dict[str, Literal["required", "optional"]] = {}
    parameters: dict[str, Any] = {}
    output: str | None = None
    context: dict[str, dict[str, int]] = {}
    layers: dict[str, LayerRule] = {}


@dataclass(frozen=True)
class Prompt:
    """A prompt file that was read: the texts of its messages and what its front matter says."""

    name: str
    """The file's, without its ending."""
    sections: tuple[tuple[str, str, int], ...]
    """Role, template and first line in the file, of each message."""
    description: str = ""
    """What it asks for, in one sentence."""
    variables: Mapping[str, Literal["required", "optional"]] = field(default_factory=dict)
    """Names that the templates use; optional ones are None where they are not given."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Model parameters that belong to the prompt, such as a temperature."""
    output: str | None = None
    """The name of the schema that its answers fit."""
    context: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How much of a variable's texts is sent: `{job: {max_chars: 12000}}`."""
    layers: Mapping[str, LayerRule] = field(default_factory=dict)
    """The layers of context that it takes, each with its conditions."""
    path: Path | None = None
    """The file; None for a prompt made of text."""

    @property
    def hash(self) -> str:
        """SHA-256 of all that changes what is sent; not of name, place or description."""
        texts = [[role, text] for role, text, _ in self.sections]
        layers = {name: rule.model_dump() for name, rule in self.layers.items()}
        rules = [dict(self.variables), dict(self.parameters), dict(self.context)]
        return _digest([texts, *rules, *([layers] if layers else [])])

    @classmethod
    def load(cls, name: str | Path, *, project: str | Path | None = None) -> "Prompt":
        """The prompt `name` of the project's `experiments/prompts`, else the shipped one.

        A path to a file is taken as it is. Raises `PromptError` that lists what there is.
        """
        path = find_prompts(project).get(str(name)) or Path(name)
        if path.suffix != ".md" or not path.is_file():
            known = ", ".join(find_prompts(project)) or "none"
            raise PromptError(f'There is no prompt "{name}". There are: {known}.')
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise PromptError(f"{path}: not UTF-8 text. Save it as UTF-8.") from error
        return cls.parse(text, name=path.stem, path=path)

    @classmethod
    def parse(cls, text: str, *, name: str, path: Path | None = None) -> "Prompt":
        """The prompt in a text. Raises `PromptError` with the line at which it goes wrong."""
        where = str(path or name)
        text = text.replace("\r\n", "\n").removeprefix("\ufeff")
        front, body, first_line = _split_front_matter(text, where)
        sections = _sections(body, first_line, where)
        prompt = cls(
            name=name,
            sections=sections,
            path=path,
            description=front.description,
            variables=front.variables,
            parameters=front.parameters,
            output=front.output,
            context=front.context,
            layers=front.layers,
        )
        _environment_check(prompt, where)
        return prompt

    def render(self, **values: Any) -> Messages:
        """The messages with `values` filled in.

        Raises `PromptError` for a name that the prompt uses and nobody gave, naming file and line.
        """
        from jinja2 import TemplateError

        where = str(self.path or self.name)
        unnamed = [v for v, need in self.variables.items() if need == "required"]
        missing = [v for v in unnamed if values.get(v) is None]
        if missing:
            raise PromptError(f'{where}: the prompt needs "{missing[0]}", which was not given.')
        optional = {v: None for v, need in self.variables.items() if need == "optional"}
        shown = {name: _cut(v, self.context.get(name)) for name, v in values.items()}
        messages = Messages()
        environment = _environment()
        for role, text, line in self.sections:
            try:
                content = environment.from_string(text).render({**optional, **shown})
            except TemplateError as error:
                at = line + _template_line(error) - 1
                raise PromptError(f"{where}, line {at}: {error}.") from error
            messages.append({"role": role, "content": content.strip()})
        messages.prompt, messages.prompt_hash = self.name, self.hash
        messages.parameters = self.parameters
        return messages


def find_prompts(project: str | Path | None = None) -> dict[str, Path]:
    """Every prompt by name: the project's own, then the shipped ones that it does not replace."""
    found: dict[str, Path] = {}
    folders = [Path(project) / FOLDER] if project is not None else []
    for folder in (*folders, shipped(str(FOLDER))):
        for path in sorted(folder.glob("*.md")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def block(data: Any, name: str) -> str:
    """Data as a block that nothing inside it can close.

    >>> print(block({"text": "</job> & more"}, "job"))
    <job>
    {"text": "\\u003c/job\\u003e \\u0026 more"}
    </job>
    """
    if not _BLOCK_NAME.fullmatch(name):
        raise PromptError(f'"{name}" cannot name a block; use lower-case letters and "_".')
    if hasattr(data, "model_dump"):
        data = data.model_dump(mode="json", exclude_none=True)
    text = json.dumps(data, ensure_ascii=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return f"<{name}>\n{text}\n</{name}>"


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _split_front_matter(text: str, where: str) -> tuple[_FrontMatter, str, int]:
    """The front matter, the rest, and the line at which the rest begins."""
    if not text.startswith("---\n"):
        return _FrontMatter(), text, 1
    end = text.find("\n---\n", 3)
    if end < 0:
        raise PromptError(f"{where}, line 1: the front matter is not closed. End it with ---.")
    front = text[4 : end + 1]
    try:
        values = yaml.safe_load(front) or {}
        checked = _FrontMatter.model_validate(values)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 2
        raise PromptError(f"{where}, line {line}: not YAML: {error.problem}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        line = _line_of(front, str(first["loc"][0]) if first["loc"] else "") + 1
        known = ", ".join(_FrontMatter.model_fields)
        raise PromptError(
            f'{where}, line {line}: "{place}": {first["msg"]}. The front matter may hold {known}.'
        ) from error
    body = text[end + 5 :]
    return checked, body, text[: end + 5].count("\n") + 1


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(f"{key}:"):
            return number
    return 1


def _sections(body: str, first_line: int, where: str) -> tuple[tuple[str, str, int], ...]:
    marks = list(_HEADING.finditer(body))
    before = body[: marks[0].start()] if marks else body
    if not marks or before.strip():
        line = first_line + len(before) - len(before.lstrip("\n"))
        raise PromptError(
            f"{where}, line {line}: text outside a message. Begin with # system or # user."
        )
    sections = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        text = body[mark.end() + 1 : following.start() if following else len(body)]
        line = first_line + body[: mark.end() + 1].count("\n")
        sections.append((mark.group(1), text, line))
    if not any(role == "user" for role, _, _ in sections):
        raise PromptError(f"{where}: there is no # user message, so the model would see no data.")
    return tuple(sections)


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # The texts go to a model, never into HTML; the block filter does the escaping that is needed.
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.filters["block"] = block
    return environment


def _environment_check(prompt: Prompt, where: str) -> None:
    """Finds what is wrong with the templates before anything is sent."""
    from jinja2 import TemplateSyntaxError, meta

    environment = _environment()
    for _, text, line in prompt.sections:
        try:
            names = meta.find_undeclared_variables(environment.parse(text))
        except TemplateSyntaxError as error:
            raise PromptError(
                f"{where}, line {line + error.lineno - 1}: {error.message}."
            ) from error
        unknown = sorted(names - set(prompt.variables)) if prompt.variables else []
        if unknown:
            at = next((n for n, row in enumerate(text.splitlines()) if unknown[0] in row), 0)
            raise PromptError(
                f'{where}, line {line + at}: "{unknown[0]}" is used but not among the variables: '
                f"{', '.join(prompt.variables)}."
            )


def _template_line(error: Exception) -> int:
    """The line in the template at which filling it in failed."""
    number, traceback = 1, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            number = traceback.tb_lineno
        traceback = traceback.tb_next
    return number


def _cut(value: Any, rule: Mapping[str, int] | None) -> Any:
    """The value with its texts cut to the length that the context rules allow."""
    if not rule:
        return value
    limit = rule["max_chars"]
    if isinstance(value, str):
        short = value[: limit + 1].rsplit(None, 1)[0][:limit]
        return value if len(value) <= limit else f"{short} […]"
    if isinstance(value, Mapping):
        return {k: _cut(v, rule) for k, v in value.items()}
    return [_cut(v, rule) for v in value] if isinstance(value, list) else value
