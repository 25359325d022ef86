"""What this package refuses."""


class ExportError(ValueError):
    """Something that production could not do alike.

    The text names the place, what was expected there and what was found, as
    every error of Tidemill does.
    """

    def __init__(self, where, expected, got):
        super().__init__(f"{where}: expected {expected}, got {got}")
        self.where = where
        self.expected = expected
        self.got = got
