"""The secrets that docker-compose.yml reads: one file of variables for each service's own."""

from collections.abc import Mapping
from pathlib import Path

from inlet.stack.kept import secret_values, write_private

_VARIABLES: Mapping[str, Mapping[str, str]] = {
    "postgres": {
        "POSTGRES_PASSWORD": "postgres_password",
        "PGPASSWORD": "postgres_password",
    },
    "s3": {
        "ROOT_ACCESS_KEY": "s3_access_key",
        "ROOT_SECRET_KEY": "s3_secret_key",
        "AWS_ACCESS_KEY_ID": "s3_access_key",
        "AWS_SECRET_ACCESS_KEY": "s3_secret_key",
    },
    "airflow": {
        "AIRFLOW_ADMIN_PASSWORD": "airflow_admin_password",
        "AIRFLOW__API_AUTH__JWT_SECRET": "airflow_jwt_secret",
        "AIRFLOW__API__SECRET_KEY": "airflow_secret_key",
        "AIRFLOW__CORE__FERNET_KEY": "airflow_fernet_key",
    },
    "requests": {"INLET_AIRFLOW_PASSWORD": "airflow_admin_password"},
}
"""By file: which variable holds which secret."""


def write_keys(directory: Path) -> list[Path]:
    """Write ``NAME.env`` for each service; secrets that were drawn before stay as they are."""
    directory.mkdir(parents=True, exist_ok=True)
    values = secret_values(directory / "secrets.json")
    written = []
    for name, variables in _VARIABLES.items():
        file = directory / f"{name}.env"
        lines = [f"{variable}={values[secret]}" for variable, secret in variables.items()]
        write_private(file, "\n".join(lines) + "\n")
        written.append(file)
    return written
