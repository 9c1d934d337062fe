"""The nine steps of machine-learning system design, as data.

`facet` is what a step is about, in the words that its evidence uses; it is searched for beside the question.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: number from 1 to 9, title, and the words that describe its concern."""

    number: int
    title: str
    facet: str


STEPS: tuple[Step, ...] = (
    Step(
        1, "Problem formulation", "goal, requirements, scale, latency, constraints, framed as a machine-learning task"
    ),
    Step(2, "Metrics", "offline and online metrics, precision, recall, nDCG, AUC, engagement, guardrails"),
    Step(3, "Architecture", "components and stages: candidate generation, ranking, filtering, services, data flow"),
    Step(4, "Data", "training data, labels, logging, negatives, sampling, annotation, data sources"),
    Step(5, "Features", "features of users, items and context, embeddings, encoding, feature store"),
    Step(
        6, "Model and offline evaluation", "model choice, baseline, loss function, training, splits, offline evaluation"
    ),
    Step(
        7, "Prediction service", "serving, latency budget, batch or online prediction, caching, nearest-neighbor search"
    ),
    Step(8, "Online testing and deployment", "A/B test, canary, shadow deployment, interleaving, bandits, rollback"),
    Step(
        9, "Scaling, monitoring and updates", "scaling, monitoring, drift, retraining, alerts, feedback loops, failures"
    ),
)
