"""What can go wrong, in words a user can act on. Each message names the thing, the place and the next step."""


class CardlensError(Exception):
    """Base of every error that cardlens raises on purpose: shown as one line, never as a traceback."""


class UnreadablePicture(CardlensError):
    """A file that cannot be used as a photo or a scan."""


class BadModel(CardlensError):
    """A model file that is missing, damaged, or not what its spec says."""


class BadReference(CardlensError):
    """A reference database that is missing, incomplete or damaged."""


class StaleReference(BadReference):
    """A reference database embedded by another model than the running one."""


class BadMetadata(CardlensError):
    """Card metadata that cannot be used."""


class MissingExtra(CardlensError):
    """A command that needs an optional dependency that is not installed."""


class BadDevice(CardlensError):
    """A device that runs models and is missing, or does not answer."""


def bug_report(error: Exception) -> str:
    """Say that an error is ours, and how to report it."""
    return (
        f"unexpected {type(error).__name__}: {error}; this is a bug in cardlens: "
        "run it again with CARDLENS_DEBUG=1 and report what it prints (see CONTRIBUTING.md)"
    )
