"""The best of several looks better than it is: its effect, shrunken for having been picked."""

import numpy as np

from tailor_lab.errors import InputError
from tailor_lab.stats.estimate import Floats, Numbers, numbers

_LARGEST = 1e150


def shrunken(values: Numbers, errors: Numbers) -> Floats:
    """Effects of several variants, each drawn towards no effect by what is noise in it, shape (k,).

    `values` are differences from one baseline, `errors` their standard errors. How much true
    effects vary is estimated from the values themselves (at least 0); the noisier an effect beside
    that, the more it shrinks. Meant for the best of k, whose plain estimate is too large on
    average.
    Raises `InputError` for errors that are not above 0.
    Source: Efron and Morris (1975), JASA 70, empirical Bayes with a normal prior around 0; Deng
    (2015), WWW Companion, for experiments.

    >>> shrunken([3.0, 0.5, -1.0], [1.0, 1.0, 1.0]).round(2).tolist()
    [2.12, 0.35, -0.71]
    """
    effects, noise = numbers(values, "values"), numbers(errors, "errors")
    if len(effects) != len(noise) or not len(effects):
        raise InputError("Every effect needs its standard error.")
    if not (noise > 0).all() or not (np.isfinite(effects) & np.isfinite(noise)).all():
        raise InputError("Standard errors must be above 0, and all values finite.")
    if np.abs([*effects, *noise]).max() > _LARGEST:
        raise InputError("The effects are too large to square; use a larger unit.")
    between = max(0.0, float((effects**2 - noise**2).mean()))
    return np.asarray(effects * between / (between + noise**2))
