"""Small programs against the public API: type checkers must agree with what they assert.

Each also runs. A line that a checker must refuse carries an ignore for mypy and one for pyright;
an ignore that is not needed is an error for both, so a type that becomes vague is noticed.
"""
