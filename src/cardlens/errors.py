"""What can go wrong, in words a user can act on. Each message names the thing, the place and the next step."""

import errno

_OTHER_PLACE = "give another place, or see who may write there"
# what the operating system refuses for reasons that are not ours
_NEXT_STEPS = {
    errno.ENOSPC: "free some space, and run it again",
    errno.EDQUOT: "free some space, and run it again",
    errno.EACCES: _OTHER_PLACE,
    errno.EPERM: _OTHER_PLACE,
    errno.EROFS: _OTHER_PLACE,
    errno.ENOENT: "see whether it is there, and the folder that it is to be in",
    errno.EEXIST: "a file stands where a folder is to be, or the other way round; give another place",
    errno.ENOTDIR: "a file stands where a folder is to be; give another place",
    errno.EISDIR: "a folder stands where a file is to be; give a file",
    errno.ENAMETOOLONG: "give a shorter name",
}


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


def system_refusal(error: OSError) -> str | None:
    """Say what the operating system refused and what to do; None where it may be a bug of ours."""
    step = _NEXT_STEPS.get(error.errno or 0)
    return None if step is None else f"{error.filename or 'a file'}: {error.strerror}; {step}"


def bug_report(error: Exception) -> str:
    """Say that an error is ours, and how to report it."""
    return (
        f"unexpected {type(error).__name__}: {error}; this is a bug in cardlens: "
        "run it again with CARDLENS_DEBUG=1 and report what it prints (see CONTRIBUTING.md)"
    )
