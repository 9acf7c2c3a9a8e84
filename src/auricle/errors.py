"""Every failure that a person may see: one base, a class a cause.

An error says what was expected, what was got and what to do next. Its class carries the API code and the HTTP
status; `speech/` and `api/` each map the hierarchy to their wire in one place.
"""

from __future__ import annotations

from typing import ClassVar


class AuricleError(Exception):
    """Something went wrong inside the service."""

    code: ClassVar[str] = "InternalServerError"
    http_status: ClassVar[int] = 500
    detail: ClassVar[str | None] = None  # the finer code, of the management API's DetailedErrorCode
    retryable: ClassVar[bool] = False  # whether durable work that meets it is worth trying again

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(self.message)


class InvalidRequest(AuricleError):
    """The request is malformed."""

    code = "InvalidRequest"
    http_status = 400


class InvalidAudio(InvalidRequest):
    """The audio could not be read."""

    code = "InvalidAudio"


class UnsupportedAudio(InvalidRequest):
    """The audio's format is not supported."""

    code = "UnsupportedMediaType"
    http_status = 415


class UnsupportedLocale(InvalidRequest):
    """No model hears this locale."""

    code = "InvalidLocale"


class PayloadTooLarge(InvalidRequest):
    """The request is larger than the server accepts."""

    code = "PayloadTooLarge"
    http_status = 413


class Unauthorized(AuricleError):
    """A valid key or token is required."""

    code = "Unauthorized"
    http_status = 401


class NotFound(AuricleError):
    """There is nothing at this address."""

    code = "NotFound"
    http_status = 404


class ProtocolViolation(InvalidRequest):
    """The client broke the wire protocol."""

    code = "ProtocolViolation"


class InvalidHeader(ProtocolViolation):
    """A message lacks a required header or carries a wrong one."""


class RequestTimedOut(AuricleError):
    """The client took too long to send its request."""

    code = "RequestTimeout"
    http_status = 408


class ShuttingDown(AuricleError):
    """The server is shutting down; try again shortly."""

    code = "ServiceUnavailable"
    http_status = 503
    retryable = True


class NotImplementedYet(AuricleError):
    """Not implemented yet."""

    code = "NotImplemented"
    http_status = 501


class TooBusy(AuricleError):
    """The server is at capacity; try again shortly."""

    code = "TooManyRequests"
    http_status = 429
    retryable = True

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailable(AuricleError):
    """The model is not installed or could not be loaded."""

    code = "ModelUnavailable"
    http_status = 503


class ConfigurationError(AuricleError):
    """A setting is missing or wrong."""

    code = "ConfigurationError"


class IllegalTransition(AuricleError):
    """The work for this has come to another end meanwhile."""


class LeaseLost(AuricleError):
    """The job was taken over, or what it was for was deleted."""


class PerformerDied(AuricleError):
    """The process that did the work died."""

    retryable = True


class StoreUnavailable(AuricleError):
    """The database did not answer; try again shortly."""

    code = "ServiceUnavailable"
    http_status = 503
    retryable = True


class InvalidParameter(InvalidRequest):
    """A parameter of the request is wrong."""

    detail = "InvalidParameterValue"

    def __init__(self, message: str | None = None, *, target: str | None = None) -> None:
        super().__init__(message)
        self.target = target


class InvalidBody(InvalidParameter):
    """The body of the request cannot be read."""

    detail = "InvalidRequestBodyFormat"


class EmptyRequest(InvalidParameter):
    """The request has no body."""

    detail = "EmptyRequest"


class InvalidPayload(InvalidParameter):
    """What the request says cannot be."""

    detail = "InvalidPayload"


class InvalidLocale(InvalidParameter):
    """The locale is unknown, or another than that of what it should go with."""

    detail = "InvalidLocale"


class InvalidProject(InvalidParameter):
    """There is no such project, or it is of another locale."""

    detail = "InvalidProject"


class InvalidDataset(InvalidParameter):
    """There is no such dataset, or it cannot be used for this."""

    detail = "InvalidDataset"


class FailedDataset(InvalidParameter):
    """The dataset failed, so nothing can be made from it."""

    detail = "FailedDataset"


class InvalidModel(InvalidParameter):
    """There is no such model, or it cannot be used for this."""

    detail = "InvalidModel"


class InvalidBaseModel(InvalidParameter):
    """There is no such base model, or it cannot be adapted in this way."""

    detail = "InvalidBaseModel"


class InvalidAdaptation(InvalidParameter):
    """The model does not learn from this kind of dataset."""

    detail = "InvalidAdaptationMapping"


class ModelDeprecated(InvalidParameter):
    """The model has expired."""

    detail = "ModelDeprecated"


class ModelNotDeployable(InvalidParameter):
    """The model cannot be deployed."""

    detail = "ModelNotDeployable"


class InvalidRecordingsUri(InvalidParameter):
    """An address of recordings cannot be used."""

    detail = "InvalidRecordingsUri"


class OneSourceOnly(InvalidParameter):
    """Recordings are named in more than one way, or in none."""

    detail = "OnlyOneOfUrlsOrContainerOrDataset"


class TooManyRecordings(InvalidParameter):
    """More recordings than a transcription takes."""

    detail = "ExceededNumberOfRecordingsUris"


class InvalidChannels(InvalidParameter):
    """The channels cannot be."""

    detail = "InvalidChannels"


class InvalidTimeToLive(InvalidParameter):
    """The time to live cannot be."""

    detail = "InvalidTimeToLive"


class InvalidLinkValidity(InvalidParameter):
    """Links cannot be valid for that long."""

    detail = "InvalidSasValidityDuration"


class UnsupportedFilter(InvalidParameter):
    """The filter cannot be understood."""

    detail = "UnsupportedFilter"


class UnsupportedPagination(InvalidParameter):
    """The page cannot be had."""

    detail = "UnsupportedPagination"


class UnsupportedOrderBy(InvalidParameter):
    """Lists come in the order of creation only."""

    detail = "UnsupportedOrderBy"


class InvalidCallback(InvalidParameter):
    """The web hook's address cannot be used."""

    detail = "InvalidCallbackUri"


class ChallengeUnanswered(AuricleError):
    """The web hook's receiver did not answer its challenge."""

    code = "InvalidCallback"
    http_status = 502
    detail = "InvalidCallbackUri"
    retryable = True


class InvalidEvent(InvalidParameter):
    """There is no such event."""

    detail = "InvalidWebHookEventKind"


class InvalidLogDate(InvalidParameter):
    """The date of the logs cannot be read."""

    detail = "InvalidLogDate"


class InvalidSkipToken(InvalidParameter):
    """The page of logs cannot be had."""

    detail = "InvalidSkipTokenForLogs"


class InvalidLogTop(InvalidParameter):
    """A page of logs cannot have that many."""

    detail = "InvalidTopForLogs"


class InvalidSourceResource(InvalidParameter):
    """The resource that a model is to be copied from is named in no way that is known here."""

    detail = "InvalidSourceAzureResourceId"


class CopyAuthorizationExpired(InvalidParameter):
    """The permission to copy is over, or never was."""

    detail = "ModelCopyAuthorizationExpired"


class UnsupportedMedia(AuricleError):
    """The body's type is not accepted here."""

    code = "UnsupportedMediaType"
    http_status = 415


class Forbidden(AuricleError):
    """The caller may not do that."""

    code = "Forbidden"
    http_status = 403
    detail = "InvalidPermissions"


class QuotaExceeded(Forbidden):
    """The resource's tier does not allow more."""

    detail = "QuotaViolation"


class DeleteNotAllowed(Forbidden):
    """It cannot be deleted by itself."""

    detail = "DeleteNotAllowed"


class Conflict(AuricleError):
    """The request does not go with the state that the thing is in."""

    code = "Conflict"
    http_status = 409
    detail = "InvalidPrerequisite"


class InUse(Conflict):
    """Something else still needs this."""

    detail = "InUseViolation"


class UnusableDataset(InvalidRequest):
    """Nothing in the dataset can be used."""

    detail = "DataImportFailed"

    def __init__(self, reason: str, *, code: str, advice: str) -> None:
        super().__init__(f"{reason}; {advice}")
        self.reason = reason
        self.finding_code = code
        self.advice = advice
        self.report = b""  # the content of report.json, once it is written


class LinkRefused(Forbidden):
    """The link is not valid; ask for a new one."""

    code = "AuthenticationFailed"


class StorageFull(AuricleError):
    """The storage is full; free space there, then try again."""

    code = "InsufficientStorage"
    http_status = 507
    retryable = True


class InvalidUrl(InvalidParameter):
    """The address is not one that can be fetched from."""


class RefusedAddress(InvalidUrl):
    """The address is private; the operator may allow it."""


class Unreachable(AuricleError):
    """The other server could not be reached, or stopped answering; try again later."""

    code = "Unreachable"
    http_status = 502
    retryable = True


class UnknownHost(Unreachable):
    """There is no server of that name; correct the address."""

    retryable = False


class UntrustedCertificate(Unreachable):
    """The other server's TLS certificate is not valid."""

    retryable = False


class RemoteAnswered(AuricleError):
    """The other server answered with an error."""

    code = "RemoteError"
    http_status = 502

    def __init__(self, message: str | None = None, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class RemoteBusy(RemoteAnswered):
    """The other server cannot answer now; try again later."""

    retryable = True


class EncodedRemote(AuricleError):
    """The other server compressed what it sent, though it was asked not to."""

    code = "UnsupportedContentEncoding"
    http_status = 502


class TooLargeRemote(AuricleError):
    """What the other server sends is larger than is accepted."""

    code = "PayloadTooLarge"
    http_status = 413


class IssuerUnavailable(AuricleError):
    """The issuer of the token could not be asked for its keys; try again shortly."""

    code = "ServiceUnavailable"
    http_status = 503
    retryable = True
