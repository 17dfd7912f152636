"""What all records are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Time = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Count = Annotated[int, Field(ge=-(2**62), le=2**62)]  # net votes can be negative


class Record(BaseModel):
    """What all records share: an `id`, and a `record_kind` under which the store files them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    record_kind: ClassVar[str]
    id: str


class Part(BaseModel):
    """A piece of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")
