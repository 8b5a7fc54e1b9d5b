"""The error of payloads that are not what Discourse sends."""


class MalformedPayloadError(ValueError):
    """A payload is not what Discourse sends. It is counted, logged and left out."""
