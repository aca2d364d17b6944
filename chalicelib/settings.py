"""Settings: read from the environment once, checked while the function starts. The only module that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields

from .model.errors import ConfigurationError

_PREFIX = "WELLKEPT_"


@dataclass(frozen=True, slots=True)
class Aws:
    """Where AWS is: the region, and one endpoint for all services where there is one (the local stack).

    `credentials` are (key id, key, session token) where the environment gives them, as it does in a function.
    """

    region: str
    endpoint: str
    credentials: tuple[str, str, str] | None = field(default=None, repr=False)


def aws(environment: Mapping[str, str] = os.environ) -> Aws:
    """Where AWS is for this process, by the variables that AWS's own tools read."""
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigurationError("no AWS region: set AWS_REGION")
    key_id, key = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    credentials = (key_id, key, environment.get("AWS_SESSION_TOKEN", "")) if key_id and key else None
    return Aws(region, environment.get("AWS_ENDPOINT_URL", ""), credentials)


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the stack's resources and the few knobs of a deployment; each field is the variable WELLKEPT_<FIELD>.

    `step` is the step this function serves ("" outside Lambda); `stage` names the deployment ("local" is the laptop).
    `max_body` is the largest webhook taken, in bytes. `mail_settings` is the SES configuration set whose events feed the
    outbox.
    `public_url` is where buyers reach this stage, without a slash at the end.
    """

    stage: str
    events_table: str
    orders_table: str
    links_table: str
    outbox_table: str
    keys_table: str
    settings_table: str
    buyers_table: str
    cases_table: str
    lake_bucket: str
    blobs_bucket: str
    retry_queue: str
    work_queue: str
    alarms_topic: str
    mail_settings: str
    key_id: str
    secrets_prefix: str
    errand_queue: str = ""
    import_queue: str = ""
    words_queue: str = ""
    workgroup: str = ""
    database: str = ""
    step: str = ""
    max_body: str = "4194304"
    public_url: str = ""

    @property
    def local(self) -> bool:
        """True on the laptop, where Athena is DuckDB."""
        return self.stage == "local"

    @property
    def url(self) -> str:
        """Where buyers reach this stage. On the laptop: the emulator's port under the domain that the template gives it."""
        port = self.aws.endpoint.rpartition(":")[2]
        return self.public_url or f"http://wellkept.localhost:{port}"

    @property
    def aws(self) -> Aws:
        """Where AWS is for this process."""
        return aws()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. ConfigurationError names every variable that is missing."""
    values = {f.name: environment.get(_PREFIX + f.name.upper()) for f in fields(Settings)}
    given = {name: value for name, value in values.items() if value is not None}
    missing = [_PREFIX + f.name.upper() for f in fields(Settings) if f.name not in given and f.default is MISSING]
    if missing:
        raise ConfigurationError(f"environment variables missing: {', '.join(missing)}")
    return Settings(**given)


def step_name(environment: Mapping[str, str] = os.environ) -> str:
    """Which step this function serves; empty while packaging and in tests."""
    return environment.get(_PREFIX + "STEP", "")
