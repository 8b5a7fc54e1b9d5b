"""What goes wrong with what a forum says."""


class MalformedPayloadError(ValueError):
    """A forum's answer or webhook is not what Discourse sends: counted, logged and left out."""
