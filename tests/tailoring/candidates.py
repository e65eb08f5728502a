"""A résumé and a posting that belong together, for tests that need one of each."""

from typing import Any

RESUME: dict[str, Any] = {
    "basics": {
        "name": "Ada Example",
        "label": "Data Engineer",
        "email": "ada@example.com",
        "phone": "+44 20 7946 0000",
        "url": "https://ada.example.com",
        "location": {"city": "Leeds", "region": "Yorkshire", "countryCode": "GB"},
        "profiles": [
            {"network": "GitHub", "username": "ada", "url": "https://github.com/ada-example"}
        ],
        "summary": "Data engineer who moves payments data for banks.",
    },
    "work": [
        {
            "name": "Northbank",
            "position": "Data Engineer",
            "location": "Leeds, UK",
            "startDate": "2019-03",
            "summary": "Owns the payments warehouse.",
            "highlights": [
                "Built pipelines in Airflow and dbt that load 40 million rows a day",
                "Cut the cost of Snowflake by 30% with clustering and smaller warehouses",
                "Deployed services on k8s with Terraform",
            ],
        },
        {
            "name": "Calder Analytics",
            "position": "Junior Data Analyst",
            "startDate": "2016-09",
            "endDate": "2019-02",
            "highlights": ["Wrote SQL reports on PostgreSQL for 12 clients"],
        },
    ],
    "education": [
        {
            "institution": "University of Leeds",
            "studyType": "BSc",
            "area": "Mathematics",
            "startDate": "2013",
            "endDate": "2016",
            "score": "First class",
            "courses": ["Statistics", "Numerical Methods"],
        }
    ],
    "projects": [
        {
            "name": "river",
            "description": "A small library for replaying event logs.",
            "startDate": "2021-05",
            "endDate": "2021-11",
            "url": "https://example.com/river",
            "highlights": ["Wrote it in Rust with bindings for Python"],
            "keywords": ["Rust", "Kafka"],
        }
    ],
    "certificates": [
        {
            "name": "AWS Certified Solutions Architect",
            "issuer": "Amazon Web Services",
            "date": "2022-06",
        }
    ],
    "awards": [{"title": "Team of the Year", "awarder": "Northbank", "date": "2021"}],
    "skills": [
        {"name": "Languages", "keywords": ["Python", "SQL", "Go"]},
        {"name": "Tools", "level": "Advanced", "keywords": ["Airflow", "dbt", "Git"]},
    ],
    "languages": [{"language": "English", "fluency": "Native"}],
    "interests": [{"name": "Fell running"}],
    "references": [{"name": "Grace Example", "reference": "Ada finishes what she starts."}],
}

JOB: dict[str, str] = {
    "id": "data-engineer",
    "title": "Senior Data Engineer",
    "company": "Tern Freight",
    "location": "Leeds",
    "text": """About us
Tern Freight moves containers between forty ports.

What you will do
- Build batch and streaming pipelines with Spark and Kafka
- Own the data models of our warehouse

Requirements
- 5+ years of experience in data engineering
- Strong Python and SQL
- Airflow, Dagster or Prefect
- Snowflake or BigQuery
- Kubernetes in production
- Experience with data modelling
- Monitoring of pipelines, with Datadog or similar
- Good communication with analysts and engineers
- Bachelor's degree in a quantitative field or equivalent experience

Nice to have
- dbt and Terraform
- AWS certification

Benefits
- 30 days of paid leave and a pension

We are an equal opportunity employer and consider applicants without regard to race or religion.
""",
}
