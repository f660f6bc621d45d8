"""The errors a user can cause; each message is one line that says what to do."""


class RenderError(Exception):
    """Base of all errors that the command line reports without a traceback."""


class SpecError(RenderError):
    """The specification of a film is wrong."""


class AssetError(RenderError):
    """A mesh, rig or texture is missing from the assets folder."""


class ToolError(RenderError):
    """A program or driver that rendering needs (ffmpeg, EGL) is missing or failed."""
