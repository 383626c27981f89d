// Nothing: a library that only owns precompiled headers needs a source.
