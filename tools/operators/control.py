"""Variables and control flow: IF, WHILE, CALL_ONCE and the handles of variables."""

import numpy as np

from operators.case import Builder, draw, pick, random_zero, shape_of
from tflite.schema import Operator, Step

F = np.float32


def if_(node):
    which = "then_graph" if bool(node.value(0).reshape(-1)[0]) else "else_graph"
    return node.run_graph(node.option(which), [node.value(i) for i in range(1, node.count)])


def while_(node):
    values = [node.value(i) for i in range(node.count)]
    while node.run_graph(node.option("cond_graph"), values)[0].reshape(-1)[0]:
        values = [value.copy() for value in node.run_graph(node.option("body_graph"), values)]
    return values


def var_handle(node):
    names = node.machine.resources.setdefault("names", {})
    key = (node.option("container"), node.option("shared_name"))
    return np.array(names.setdefault(key, len(names)))


def read_variable(node):
    out, handle = node.out(), int(node.value(0).reshape(-1)[0])
    start = out.zero_point if out.dtype == np.int8 else 0
    return node.machine.resources.get(handle, np.full(out.shape, start, out.dtype))


def assign_variable(node):
    node.machine.resources[int(node.value(0).reshape(-1)[0])] = node.value(1).copy()
    return []


def call_once(node):
    if not node.state.setdefault("done", False):
        node.state["done"] = True
        node.run_graph(node.option("init_graph"), [])
    return []


EVALUATE = {
    Operator.IF: if_,
    Operator.WHILE: while_,
    Operator.VAR_HANDLE: var_handle,
    Operator.READ_VARIABLE: read_variable,
    Operator.ASSIGN_VARIABLE: assign_variable,
    Operator.CALL_ONCE: call_once,
}


def _quantisation(random, dtype):
    return (F(0.1), random_zero(random, "int8")) if dtype == "int8" else ()


def _branch(random, operator, dtype, shape, quantised):
    b = Builder(operator, random)
    for _ in range(2):
        b.input(dtype, shape, *quantised)
    b.output(dtype, shape, *quantised)
    return b.model()


def if_case(random, i):
    """Both branches in one model, over several runs; int32 and float32 have no parameters."""
    dtype = ("float32", "int8", "int32")[i % 3]
    shape, quantised = shape_of(random, 1 + i % 3, 4), _quantisation(random, dtype)
    b = Builder("IF", random, {"then_graph": 1, "else_graph": 2})
    b.runs = 2
    turns = iter([True, False] if i % 2 else [False, True])
    b.input("bool", (1,) if i % 2 else (), values=lambda: np.array(next(turns)).reshape(
        (1,) if i % 2 else ()))
    for _ in range(2):
        b.input(dtype, shape, *quantised)
    b.output(dtype, shape, *quantised)
    one, other = random.permutation(["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"])[:2]
    b.others = [_branch(random, str(name), dtype, shape, quantised) for name in (one, other)]
    return b


def while_case(random, i):
    """(counter, limit, x): x = x op step until the counter is at the limit, at times at once."""
    dtype = ("float32", "int8", "int32")[i % 3]
    shape, quantised = shape_of(random, 1 + i % 3, 4), _quantisation(random, dtype)
    b = Builder("WHILE", random, {"cond_graph": 1, "body_graph": 2})
    b.runs = 2
    counts = iter([int(random.integers(1, 6)), 0] if i % 2 else [0, int(random.integers(1, 4))])
    b.input("int32", (), values=0)
    b.input("int32", (), values=lambda: np.array(next(counts), np.int32))
    b.input(dtype, shape, *quantised)
    b.output("int32", ())
    b.output("int32", ())
    b.output(dtype, shape, *quantised)

    condition = Builder("LESS", random)
    condition.input("int32", ())
    condition.input("int32", ())
    condition.feed(condition.tensor(dtype, shape, *quantised))
    condition.output("bool", ())

    body = Builder(str(pick(random, ["ADD", "SUB", "MAXIMUM"])), random)
    counter, limit = (body.tensor("int32", ()) for _ in range(2))
    one, following = body.tensor("int32", (), data=np.array(1, np.int32)), body.tensor("int32", ())
    body.steps.append(Step(Operator.ADD, [counter, one], [following]))
    for at in (counter, limit):
        body.feed(at)
    body.input(dtype, shape, *quantised)
    body.constant(draw(random, dtype, shape), *quantised)
    body.output(dtype, shape, *quantised)
    graph = body.model()
    graph.outputs = [following, limit, *graph.outputs]
    b.others = [condition.model(), graph]
    return b


def _initial_graph(random, dtype, shape, quantised, options):
    b = Builder("ASSIGN_VARIABLE", random)
    handle = b.tensor("resource", ())
    b.steps.append(Step(Operator.VAR_HANDLE, [], [handle], options))
    b.inputs.append(handle)
    b.constant(draw(random, dtype, shape), *quantised)
    return b.model()


def assign_variable_case(random, i, once=False):
    """A variable takes the sum of itself and the input in each run. ADD gives the output."""
    dtype = ("int8", "float32", "int16")[i % 3]
    shape = shape_of(random, 1 + i % 4, 3)
    quantised = {"int16": (F(0.01), 0)}.get(dtype, _quantisation(random, dtype))
    options = {"container": "", "shared_name": f"state_{i}"}
    b = Builder("ASSIGN_VARIABLE", random)
    b.runs = 3
    handle = b.tensor("resource", ())
    old = b.tensor(dtype, shape, *quantised)
    x, total = (b.tensor(dtype, shape, *quantised) for _ in range(2))
    b.feed(x)
    if once:
        b.steps.append(Step(Operator.CALL_ONCE, [], [], {"init_graph": 1}))
        b.others = [_initial_graph(random, dtype, shape, quantised, options)]
    b.steps += [Step(Operator.VAR_HANDLE, [], [handle], options),
                Step(Operator.READ_VARIABLE, [handle], [old]),
                Step(Operator.ADD, [old, x], [total])]
    b.inputs = [handle, total]
    b.results = [total]
    return b


def call_once_case(random, i):
    return assign_variable_case(random, i, True)


GOLDENS = {
    "IF": (if_case, 21),
    "WHILE": (while_case, 21),
    "ASSIGN_VARIABLE": (assign_variable_case, 21),
    "CALL_ONCE": (call_once_case, 21),
}
