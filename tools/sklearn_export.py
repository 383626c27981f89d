#!/usr/bin/python3
"""Writes an .mlt file, as Moonlet's module `ml` loads it, from a fitted scikit-learn estimator.

    tools/sklearn_export.py MODEL.pkl OUT.mlt    (pickle or joblib; a pipeline is one file too)

    import sys; sys.path.append("tools")
    from sklearn_export import export
    export(forest, "forest.mlt")                 from your own code

Needs scikit-learn, numpy and flatbuffers (Debian: python3-sklearn, python3-flatbuffers).
Only unpickle files that you trust.
"""
import sys

import joblib

from sklearn_export import export


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        export(joblib.load(sys.argv[1]), sys.argv[2])
    except (OSError, ValueError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
