"""Which function answers each question that a value can be asked; see `questions.py`.

The one table that names them. It belongs to the package's face, above all rooms: the names are
texts, and each is imported when its question is asked for the first time.
"""

from collections.abc import Mapping
from types import MappingProxyType

_ANALYSIS = "tailor_lab.experiment.analysis"
ANSWERED_BY: Mapping[str, str] = MappingProxyType(
    {
        "batch.timeline": "tailor_lab.charts:gantt",
        "experiment.aa": f"{_ANALYSIS}.aa:aa",
        "experiment.agreement": f"{_ANALYSIS}.runs:agreement",
        "experiment.assign": "tailor_lab.experiment.assignment:assign",
        "experiment.compare": f"{_ANALYSIS}.compared:compare_result",
        "experiment.differences": f"{_ANALYSIS}.runs:differences",
        "experiment.estimates_chart": f"{_ANALYSIS}.estimates:estimates_chart",
        "experiment.corrected": f"{_ANALYSIS}.corrected:corrected",
        "experiment.past_effects": f"{_ANALYSIS}.past_effects:past_effects",
        "experiment.judgements": f"{_ANALYSIS}.judgements:judgements",
        "experiment.labelled": f"{_ANALYSIS}.runs:labelled",
        "experiment.looks": f"{_ANALYSIS}.history:looks_of",
        "experiment.looks_chart": f"{_ANALYSIS}.history:looks_chart",
        "experiment.peeking": f"{_ANALYSIS}.early.peeking:peeking",
        "experiment.race_round": f"{_ANALYSIS}.racing:judge_round",
        "experiment.race_start": f"{_ANALYSIS}.racing:start",
        "experiment.segments": f"{_ANALYSIS}.segments:segments",
        "experiment.stopping": f"{_ANALYSIS}.early.stopping:stopping",
        # Above the experiments: the lab of the working folder, and the workloads that have names.
        "experiment.lab": "tailor_lab.lab:Lab",
        "experiment.measure": "tailor_lab.workloads.builtin:usual_measure",
        "experiment.workload": "tailor_lab.workloads.builtin:workload_of",
        "job.analysis": "tailor_lab.tailoring.posting.analysis:analysis_of",
        "knowledge.read": "tailor_lab.tailoring.knowledge.loading:load_knowledge",
        "score.sensitivity": "tailor_lab.tailoring.scoring.sensitivity:sensitivity",
        "tailored.page": "tailor_lab.tailoring.page:page",
    }
)
