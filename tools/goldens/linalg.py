#!/usr/bin/python3
"""Writes what NumPy answers where the tests of the module `tensor` ask the same.

    tools/goldens/linalg.py scripts/tests

linalg_golden.npz and stats_golden.npz: inputs, float32 and float64, under their own names,
results in double from exactly these inputs. Signs that a decomposition leaves open are made
as engine/tensor/decompositions.h says.
"""
import sys

import numpy as np

folder = sys.argv[1]
random = np.random.default_rng(54)


def single(*shape):
    return random.normal(size=shape).astype(np.float32)


def facing(columns):
    """1 or -1 for each column, so that its element of largest magnitude gets positive."""
    largest = np.take_along_axis(columns, np.abs(columns).argmax(0)[None], 0)[0]
    return np.where(largest < 0, -1.0, 1.0)


def linalg():
    square, stack, tall, wide = single(6, 6), single(3, 4, 4), single(7, 4), single(3, 5)
    right, vector = single(6, 2), single(6)
    wide64 = {k: v.astype(np.float64) for k, v in
              dict(square=square, stack=stack, tall=tall, wide=wide, right=right,
                   vector=vector).items()}
    spd = (square @ square.T + np.eye(6, dtype=np.float32)).astype(np.float32)
    spd = np.tril(spd) + np.tril(spd, -1).T
    q, r = np.linalg.qr(wide64["tall"])
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    result = dict(
        square=square, stack=stack, tall=tall, wide=wide, right=right, vector=vector, spd=spd,
        square64=random.normal(size=(5, 5)),
        det=np.linalg.det(wide64["square"]), dets=np.linalg.det(wide64["stack"]),
        inv=np.linalg.inv(wide64["square"]), invs=np.linalg.inv(wide64["stack"]),
        solved=np.linalg.solve(wide64["square"], wide64["right"]),
        solved_vector=np.linalg.solve(wide64["square"], wide64["vector"]),
        cholesky=np.linalg.cholesky(spd.astype(np.float64)), q=q * signs, r=r * signs[:, None])
    result["inv64"] = np.linalg.inv(result["square64"])
    result["det64"] = np.linalg.det(result["square64"])
    for name in ("tall", "wide"):
        u, s, vt = np.linalg.svd(wide64[name], full_matrices=False)
        signs = facing(u)
        result.update({f"{name}_u": u * signs, f"{name}_s": s, f"{name}_vt": vt * signs[:, None]})
    w, v = np.linalg.eigh(spd.astype(np.float64))
    result.update(w=w, v=v * facing(v))
    deficient = np.concatenate([tall, (tall[:, :1] + tall[:, 1:2])], 1)
    target = single(7)
    result.update(deficient=deficient, target=target)
    for name in ("tall", "deficient"):
        x, residuals, rank, s = np.linalg.lstsq(
            result[name].astype(np.float64), target.astype(np.float64), rcond=7 * 2.0**-23)
        result.update({f"{name}_x": x, f"{name}_rank": rank, f"{name}_lstsq_s": s})
        if residuals.size:
            result[f"{name}_residuals"] = residuals
    at = np.linspace(-2, 3, 40).astype(np.float32)
    values = (0.5 * at**3 - at + 2 + 0.1 * single(40)).astype(np.float32)
    result.update(at=at, values=values,
                  fit=np.polyfit(at.astype(np.float64), values.astype(np.float64), 3))
    np.savez(f"{folder}/linalg_golden.npz", **result)


def stats():
    cube = single(4, 5, 3)
    few = np.round(single(60) * 2).astype(np.float32) / 2
    q = np.array([0.1, 0.5, 0.75, 1])
    result = dict(cube=cube, few=few, q=q)
    wide = cube.astype(np.float64)
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        result[f"all_{method}"] = np.quantile(wide, q, method=method)
        for axis in range(3):
            result[f"axis{axis + 1}_{method}"] = np.quantile(wide, q, axis=axis, method=method)
    for axis in range(3):
        result[f"median{axis + 1}"] = np.median(wide, axis=axis)
    rows = single(4, 50)
    rows[3] = 2 * rows[0] - rows[1]
    result.update(rows=rows, cov=np.cov(rows.astype(np.float64)),
                  cov0=np.cov(rows.astype(np.float64), ddof=0),
                  corrcoef=np.corrcoef(rows.astype(np.float64)))
    for bins in (1, 7, 10):
        counts, edges = np.histogram(few.astype(np.float64), bins)
        result.update({f"counts{bins}": counts, f"edges{bins}": edges})
    ranged = np.histogram(few, 4, (-1, 1))
    own_edges = np.array([-2, -1, 0, 0, 2.5])
    result.update(counts_ranged=ranged[0], own_edges=own_edges,
                  counts_own=np.histogram(few, own_edges)[0])
    values, first, inverse, counts = np.unique(few, True, True, True)
    result.update(unique=values, first=first + 1, inverse=inverse + 1, unique_counts=counts)
    xp, fp = np.array([-1, 0, 0.5, 2]), np.array([3, -1, 4, 2.5])
    result.update(xp=xp, fp=fp, interp=np.interp(wide, xp, fp),
                  interp_ends=np.interp(wide, xp, fp, -9, 9))
    p = np.array([0.5, 0, -2, 1], np.float32)
    result.update(p=p, polyval=np.polyval(p, cube))
    result.update(cross=np.cross(cube, cube[0]))
    np.savez(f"{folder}/stats_golden.npz", **result)


linalg()
stats()
