"""The nine steps of machine-learning system design, as data.

`facet` is what a step is about, in the words that its evidence uses. `chapter` is the document of the field guide about
the step, whatever is designed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: number from 1 to 9, title, the words that describe its concern, and the id of its chapter."""

    number: int
    title: str
    facet: str
    chapter: str


STEPS: tuple[Step, ...] = (
    Step(
        1,
        "Problem formulation",
        "goal, requirements, scale, latency, constraints, framed as a machine-learning task",
        "formula-problem-formulation",
    ),
    Step(
        2,
        "Metrics",
        "offline and online metrics, precision, recall, nDCG, AUC, engagement, guardrails",
        "formula-metrics",
    ),
    Step(
        3,
        "Architecture",
        "components and stages: candidate generation, ranking, filtering, services, data flow",
        "formula-architecture",
    ),
    Step(4, "Data", "training data, labels, logging, negatives, sampling, annotation, data sources", "formula-data"),
    Step(
        5, "Features", "features of users, items and context, embeddings, encoding, feature store", "formula-features"
    ),
    Step(
        6,
        "Model and offline evaluation",
        "model choice, baseline, loss function, training, splits, offline evaluation",
        "formula-model-and-offline-evaluation",
    ),
    Step(
        7,
        "Prediction service",
        "serving, latency budget, batch or online prediction, caching, nearest-neighbor search",
        "formula-prediction-service",
    ),
    Step(
        8,
        "Online testing and deployment",
        "A/B test, canary, shadow deployment, interleaving, bandits, rollback",
        "formula-online-testing-and-deployment",
    ),
    Step(
        9,
        "Scaling, monitoring and updates",
        "scaling, monitoring, drift, retraining, alerts, feedback loops, failures",
        "formula-scaling-monitoring-updates",
    ),
)
