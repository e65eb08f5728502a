"""Skills are found by any spelling, and not where the words only look like them."""

import re

import pytest

from benchmarks import skill_matching as skills
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge import load_knowledge
from tailor_lab.tailoring.knowledge.matcher import SkillMatcher
from tailor_lab.tailoring.text.words import tokens
from tests.tailoring.real_data import real_data

ALIASES = """
k8s=Kubernetes  kube=Kubernetes  golang=Go  nodejs=Node.js  node js=Node.js  ReactJS=React
React.js=React  postgres=PostgreSQL  psql=PostgreSQL  mongo=MongoDB  amazon web services=AWS
GCP=Google Cloud  ci cd=CI/CD  continuous integration=CI/CD  sklearn=scikit-learn
IaC=infrastructure as code  RESTful APIs=REST  ror=Ruby on Rails  rails=Ruby on Rails
csharp=C#  cpp=C++  dotnet=.NET  asp.net mvc=ASP.NET  ES6=JavaScript  HTML5=HTML  CSS3=CSS
j2ee=Java EE  springboot=Spring Boot  pyspark=Apache Spark  kafka=Apache Kafka
airflow=Apache Airflow  hadoop=Apache Hadoop  T-SQL=Microsoft SQL Server
mssql=Microsoft SQL Server  bigquery=Google BigQuery  redshift=Amazon Redshift
dynamodb=Amazon DynamoDB  elk=Elasticsearch  powerbi=Power BI  Microsoft Power BI=Power BI
MS Excel=Microsoft Excel  vlookup=Microsoft Excel  sfdc=Salesforce
FP&A=financial planning and analysis  M&A=mergers and acquisitions  KYC=know your customer
AML=anti-money laundering  US GAAP=GAAP  month end close=month-end close
financial modeling=financial modelling  EMR=electronic health records
EHR=electronic health records  med-surg=medical-surgical nursing  icu=critical care
venipuncture=phlebotomy  ICD-10=medical coding  lesson plans=lesson planning
ESL=English language teaching  LMS=learning management systems  kaizen=continuous improvement
lean six sigma=Six Sigma  SPC=statistical process control  CNC=CNC programming
ladder logic=PLC  FMEA=FMEA  loto=lockout/tagout  PPC=SEM  google adwords=Google Ads
pub/sub=Google Pub/Sub  search engine optimisation=SEO  foia=freedom of information
grant writing=grant writing  pick and pack=order fulfilment  f&b=food and beverage
forklifts=forklift operation  WMS=WMS  upselling=cross-selling  servicenow=ServiceNow
active directory=Active Directory  pen testing=penetration testing
2fa=multi-factor authentication  HIPAA compliance=HIPAA  data visualization=data visualisation
dimensional modelling=data modelling
"""
PAIRS = [tuple(p.split("=")) for line in ALIASES.splitlines() for p in line.split("  ") if p]


@pytest.mark.parametrize(("spelling", "skill"), PAIRS)
def test_another_spelling_is_the_same_skill(spelling: str, skill: str) -> None:
    found = load_knowledge().matcher.find(f"Experience with {spelling} and more")
    assert skill in {match.skill for match in found}


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Wrote JavaScript all day", "Java"),
        ("Wrote Java all day", "JavaScript"),
        ("Embedded C++ for sensors", "C"),
        ("Tools in C# on Windows", "C"),
        ("We go to market in spring", "Go"),
        ("Go to the office every day", "Go"),
        ("Our goals are high", "Go"),
        ("We need people who react to change with SQL", "React"),
        ("Excel at your work with Python", "Microsoft Excel"),
        ("You will excel with Python", "Microsoft Excel"),
        ("Ran R&D on Python tools", "R"),
        ("C-level reporting in Python", "C"),
        ("Vitamin C, Python", "C"),
        ("Series C startup, Python shop", "C"),
        ("A chef de partie who sparks joy", "Apache Spark"),
        ("Swift answers to clients", "Swift"),
        ("The rest of the team writes Python", "REST"),
        ("Access to Python training", "Microsoft Access"),
        ("A word about Python", "Microsoft Word"),
        ("He saw rust on the hull", "Rust"),
        ("A helm and a rudder", "Helm"),
        ("A snowflake fell", "Snowflake"),
    ],
)
def test_a_word_that_only_looks_like_a_skill_is_none(text: str, skill: str) -> None:
    assert skill not in {match.skill for match in load_knowledge().matcher.find(text)}


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Services in Go and Python", "Go"),
        ("Python, R, SQL", "R"),
        ("C, C++, Rust", "C"),
        ("Statistics with R programming", "R"),
        ("Excel, PowerPoint", "Microsoft Excel"),
        ("Apps built using React and TypeScript", "React"),
        ("Jobs on Spark and Hadoop", "Apache Spark"),
    ],
)
def test_context_speaks_for_an_ambiguous_name(text: str, skill: str) -> None:
    assert skill in {match.skill for match in load_knowledge().matcher.find(text)}


def test_an_item_of_a_list_is_taken_at_its_word() -> None:
    assert load_knowledge().matcher.names(["go", "r", "excel"], listed=True) == [
        "Go",
        "R",
        "Microsoft Excel",
    ]


def test_a_match_names_its_place() -> None:
    text = "Ran K8s, then Node.js services"
    for match in load_knowledge().matcher.find(text):
        assert text[match.start : match.end] == match.text


def test_every_shipped_name_finds_itself() -> None:
    matcher = load_knowledge().matcher
    lost = [
        spelling
        for skill in load_knowledge().skills.values()
        for spelling in (skill.name, *skill.aliases, *skill.ambiguous)
        if skill.name not in {match.skill for match in matcher.find(spelling, listed=True)}
    ]
    assert lost == []


def test_the_longest_spelling_wins_and_none_overlap() -> None:
    found = load_knowledge().matcher.find("Azure Data Factory on Microsoft SQL Server")
    assert [match.skill for match in found] == ["Azure Data Factory", "Microsoft SQL Server"]


def test_plural_and_british_spelling_make_no_difference() -> None:
    assert tokens("Organisations optimising databases") == tokens(
        "organization optimizing database"
    )


def test_narrower_implies_broader_and_never_the_other_way() -> None:
    knowledge = load_knowledge()
    assert {"SQL", "relational databases"} <= knowledge.broader("PostgreSQL")
    assert "container orchestration" in knowledge.broader("Kubernetes")
    assert "PostgreSQL" not in knowledge.broader("SQL")
    assert "MySQL" in knowledge.near("PostgreSQL")
    assert "MySQL" not in knowledge.broader("PostgreSQL")


def test_the_knowledge_base_covers_its_promise() -> None:
    knowledge = load_knowledge()
    assert len(knowledge.skills) >= 1500
    assert len(knowledge.industries) >= 12
    assert len(knowledge.certifications) >= 100
    for family in knowledge.titles.values():
        assert set(family.near) <= knowledge.titles.keys(), family.name
    for skill in knowledge.skills.values():
        assert set(skill.industries) <= knowledge.industries.keys(), skill.name


def test_a_broken_knowledge_file_is_named(tmp_path) -> None:
    (tmp_path / "skills").mkdir()
    path = tmp_path / "skills" / "mine.yaml"
    path.write_text("groups:\n- kind: tool\n  terms:\n    A: {parents: B}\n    B: {parents: A}\n")
    with pytest.raises(InputError, match=r"circle: A → B → A|circle: B → A → B"):
        load_knowledge(tmp_path).broader("A")
    path.write_text("groups:\n- kind: tool\n  terms:\n    A: {parents: Z}\n")
    with pytest.raises(InputError, match="line 4: .*parents names 'Z', which is no skill"):
        load_knowledge(tmp_path)
    path.write_text("groups: [")
    with pytest.raises(InputError, match=r"mine\.yaml is not YAML"):
        load_knowledge(tmp_path)


@pytest.mark.slow
def test_real_postings_name_more_skills_rightly_than_a_list_of_technologies_finds() -> None:
    table = real_data("skillspan/test.json").parents[1]
    sentences, names = skills.sentences(table, "test"), skills.onet_names(table)
    ours = skills.spans_found(sentences, skills.find_by_matcher)
    exact = skills.spans_found(sentences, lambda words: skills.find_by_list(words, names))
    assert ours.f1 > exact.f1 + 0.2
    assert ours.f1 >= 0.52


@pytest.mark.slow
def test_what_shipped_postings_ask_for_is_found_and_little_else() -> None:
    data = shipped("data")
    found = skills.labels_found(data, data / "job_labels.jsonl")
    # Every label counts, whether the knowledge base has it or not.
    assert found.wanted == 516
    assert found.recall >= 0.9
    assert found.precision >= 0.9


def test_postings_that_nothing_was_tuned_on_are_understood_for_the_most_part() -> None:
    found = skills.labels_found(skills.HELD_OUT, skills.HELD_OUT / "job_labels.jsonl")
    assert found.wanted == 311
    assert found.recall >= 0.7
    # Their labels name what matters most, so some of what was found is asked for and unlabelled.
    assert found.precision >= 0.8


@pytest.mark.parametrize(
    "text",
    [
        "You will work with the sales and marketing departments",
        "Our operations span forty countries",
        "We serve the insurance industry",
        "Report to the director of construction",
        "Partner with product managers and recruiters",
        "Our housing projects win prizes",
    ],
)
def test_a_posting_that_only_speaks_of_a_trade_does_not_ask_for_it(text: str) -> None:
    assert load_knowledge().matcher.find(text, posting=True) == []


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Experience in sales", "sales"),
        ("Strong background in operations", "operations management"),
        ("Insurance experience is required", "insurance"),
        ("Recruiting", "recruitment"),
        ("Five years of teaching", "teaching"),
    ],
)
def test_a_posting_that_asks_for_a_trade_is_understood(text: str, skill: str) -> None:
    assert skill in {match.skill for match in load_knowledge().matcher.find(text, posting=True)}


def test_a_matcher_of_another_knowledge_base_knows_only_that(tmp_path) -> None:
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / "mine.yaml").write_text(
        "groups:\n- kind: tool\n  terms:\n    Loom: power loom\n    Jacquard: {parents: Loom}\n"
    )
    matcher = SkillMatcher(load_knowledge(tmp_path))
    assert matcher.names(["A power loom and Python, Jacquard"]) == ["Loom", "Jacquard"]


LEVELS = re.compile(
    r"\b(?:advanced|expert|senior|junior|basic|intermediate|beginner|proficient|fluent|native"
    r"|certified|excellent|strong)\b",
    re.IGNORECASE,
)
NAMES_OF_THEIR_OWN = {"Visual Basic", "visual basic .net", "visual basic for applications"}
NAMES_OF_THEIR_OWN |= {"certified payroll", "expert testimony", "advanced placement"}
NAMES_OF_THEIR_OWN |= {"React Native", "native mobile"}


def test_no_spelling_of_a_skill_carries_a_level() -> None:
    graded = {
        spelling
        for skill in load_knowledge(shipped("data/knowledge")).skills.values()
        for spelling in (skill.name, *skill.aliases, *skill.ambiguous)
        if LEVELS.search(spelling)
    }
    assert graded <= NAMES_OF_THEIR_OWN


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Advanced Excel", "Microsoft Excel"),
        ("Needs advanced Excel, and patience", "Microsoft Excel"),
        ("basic computer skills", "computer literacy"),
        ("fluent English", "English"),
    ],
)
def test_the_skill_inside_a_graded_name_is_found_alone(text: str, skill: str) -> None:
    found = load_knowledge().matcher.find(text, posting=True)
    assert [match.skill for match in found] == [skill]
    assert not LEVELS.search(found[0].text)
