"""Links into the AWS console, for people."""

from __future__ import annotations

from urllib.parse import quote

from cardlens.cloud.place import Place
from cardlens.cloud.template import ROLES, policy_name


def console_urls(place: Place) -> dict[str, str]:
    """Name each place in the console and give its address; needs no network."""
    region = place.region
    s3 = f"https://s3.console.aws.amazon.com/s3/buckets/{place.bucket}?region={region}"
    sagemaker = f"https://{region}.console.aws.amazon.com/sagemaker/home?region={region}#"
    iam = "https://console.aws.amazon.com/iam/home#"
    stacks = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}#"
    logs = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group"
    group = quote(quote("/aws/sagemaker/TrainingJobs", safe=""), safe="").replace("%", "$")
    folders = {
        "Reference DB": "data/reference/",
        "Models": "models/",
        "Raw images": "data/raw/",
        "Experiments": "experiments/",
    }
    roles = {f"Role {role}": f"{iam}/roles/details/{policy_name(role, place)}" for role in ROLES}
    return {
        "Bucket": s3,
        **{name: f"{s3}&prefix={quote(place.key(path))}" for name, path in folders.items()},
        "Training jobs": f"{sagemaker}/jobs",
        "Pipelines": f"{sagemaker}/pipelines",
        "Model registry": f"{sagemaker}/model-packages/{place.package_group}",
        "Training logs": f"{logs}/{group}",
        "Users": f"{iam}/users",
        **roles,
        "Stack": f"{stacks}/stacks?filteringText={quote(place.stack)}",
        "Costs": "https://console.aws.amazon.com/costmanagement/home#/cost-explorer",
        "Budgets": "https://console.aws.amazon.com/costmanagement/home#/budgets",
    }
