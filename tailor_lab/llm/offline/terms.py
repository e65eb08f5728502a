"""What the offline model knows of terms: some spellings, and how to find them in a text.

Small on purpose: an extractive stand-in for a model should know the common spellings of a dozen
fields and miss the rest. Spellings of one term mean the same thing: a narrower thing, such as
AutoCAD for CAD, is a term of its own, or the model would claim what the résumé does not say.
Requirements that come with the prompt add their own terms.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Terms are parted by "|", the spellings of one by "~"; the first spelling is its name.
_SPELLINGS = """
Python|Java|JavaScript~JS|TypeScript~TS|Kotlin|Rust|Scala|Ruby|PHP|C++|C#|Swift
Go~Golang|SQL|NoSQL|HTML|CSS|Bash|shell scripting|MATLAB|SAS|Stata|Julia|VBA|R
React~React.js~ReactJS|Angular|Vue~Vue.js|Node.js~NodeJS~Node|Django|Flask|FastAPI
Spring Boot|PostgreSQL~Postgres|MySQL|MongoDB~Mongo|Redis|Elasticsearch|Snowflake|BigQuery
Redshift|Oracle|Kafka~Apache Kafka|RabbitMQ|Spark~Apache Spark|PySpark|Airflow~Apache Airflow|dbt
Hadoop|Kubernetes~k8s|Docker|Terraform|infrastructure as code|Ansible|Helm|Jenkins
GitHub Actions|AWS~Amazon Web Services|Azure~Microsoft Azure|GCP~Google Cloud|Linux|Git
CI/CD|REST APIs~RESTful APIs~REST API|GraphQL|gRPC|microservices|distributed systems
observability|Prometheus|Grafana|machine learning~ML|deep learning|NLP~natural language processing
PyTorch|TensorFlow|scikit-learn|pandas|NumPy|statistics|statistical analysis
A/B testing|forecasting|data modeling~data modelling|Tableau|Power BI|Looker
Excel~Microsoft Excel|data visualization~data visualisation|ETL|data warehousing
accessibility|WCAG|unit testing|test automation|Selenium|penetration testing|incident response
SIEM|patient care|medication administration|electronic health records~EHR|Epic|triage
BLS~Basic Life Support|ACLS~Advanced Cardiovascular Life Support|infection control
care planning~care plans|wound care|HIPAA|discharge planning|telemetry|phlebotomy
patient education|clinical documentation|financial modeling~financial modelling|budgeting~budgets
financial reporting|GAAP|IFRS|auditing~audits|accounts payable~AP|accounts receivable~AR
reconciliation~reconciliations|month-end close|variance analysis|risk management|compliance|KYC
AML~anti-money laundering|underwriting|valuation|QuickBooks|SAP|NetSuite
lesson planning~lesson plans|classroom management|curriculum design|curriculum development
assessment|differentiated instruction|special education|IEP~IEPs|parent communication
learning management system~LMS|lean manufacturing|Six Sigma|5S|CNC|CAD|AutoCAD|SolidWorks|PLC
preventive maintenance|quality control|ISO 9001|root cause analysis|OSHA|GMP
supply chain~supply chain management|inventory management|forklift|SEO~search engine optimization
SEM|Google Analytics|content marketing|email marketing|copywriting|HubSpot|Salesforce|CRM
lead generation|account management|negotiation|cold calling|B2B|social media|brand management
market research|campaign management|public speaking|grant writing|policy analysis
procurement|case management|community outreach|emergency management|GIS|records management
regulatory affairs|project management|Agile|Scrum|Kanban|Jira|stakeholder management|PMP
product management|roadmapping~roadmaps|team leadership|mentoring|coaching|training
customer service|communication|teamwork|problem solving|scheduling|documentation|change management
business analysis|requirements gathering|user research|Figma|wireframing~wireframes|prototyping
usability testing|event planning|logistics|food safety|HACCP|POS
"""
# Ordinary words too: they count only as written.
_EXACT_CASE = frozenset(
    {"R", "Go", "Rust", "Spring", "Node", "Epic", "AP", "AR", "ML", "TS", "JS", "REST"}
)


def _table() -> dict[str, tuple[str, ...]]:
    entries = [entry for line in _SPELLINGS.split("\n") for entry in line.split("|") if entry]
    return {names[0]: tuple(names) for names in (entry.split("~") for entry in entries)}


TERMS: Mapping[str, tuple[str, ...]] = _table()
"""Every known term with its spellings, its name first."""


class Vocabulary:
    """The terms to look for: the known ones, and those of the requirements at hand."""

    def __init__(self, extra: Iterable[Iterable[str]] = ()) -> None:
        self.terms: dict[str, tuple[str, ...]] = dict(TERMS)
        known = {spelling.casefold() for spellings in TERMS.values() for spelling in spellings}
        alike: dict[str, str] = {}
        for terms in extra:
            # A requirement may name several skills: each of its terms stands for itself, but for
            # those that are one word in another number or spelling.
            for term in terms:
                if term.strip() and term.casefold() not in known:
                    name = alike.setdefault(folded(term), term)
                    self.terms[name] = (*self.terms.get(name, ()), term)
                    known.add(term.casefold())

    def found(self, text: str) -> dict[str, str]:
        """The terms in a text: name → the spelling that the text uses, in order of appearance."""
        hits: list[tuple[int, str, str]] = []
        folded = text.casefold()
        for name, spellings in self.terms.items():
            # Hardly any term is in a line; looking for its first word is far cheaper than matching.
            possible = (s for s in spellings if opening(s) in folded)
            places = [m for s in possible if (m := pattern(s).search(text))]
            if places:
                first = min(places, key=lambda match: (match.start(), -match.end()))
                hits.append((first.start(), name, first.group()))
        return {name: surface for _, name, surface in sorted(hits)}


def folded(term: str) -> str:
    """A term without its number and without what British and American spelling differ in.

    >>> folded("Labour planning") == folded("labor planning"), folded("diesel engines")
    (True, 'diesel engine')
    """
    plain = re.sub(r"our\b", "or", re.sub(r"is(e|ed|ing|ation)\b", r"iz\1", term.casefold()))
    return " ".join(re.sub(r"(?<=[^s])s$", "", word) for word in plain.split())


@lru_cache(maxsize=4096)
def opening(spelling: str) -> str:
    """What every text that has the spelling contains, whatever its case."""
    return re.split(r"[\s-]+", spelling.strip(), maxsplit=1)[0].casefold()


@lru_cache(maxsize=4096)
def pattern(spelling: str) -> re.Pattern[str]:
    """The pattern that finds a spelling as a whole word.

    >>> bool(pattern("C").search("C++")), bool(pattern("k8s").search("ran K8s."))
    (False, True)
    """
    flags = 0 if spelling in _EXACT_CASE or len(spelling) == 1 else re.IGNORECASE
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", spelling.strip()))
    return re.compile(rf"(?<![\w+#.-]){words}(?![\w+#&]|[.-]\w)", flags)
