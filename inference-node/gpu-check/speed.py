"""Times an exported program: prefill, decode as it is launched, and decode as a replayed CUDA graph."""

import random
import statistics
import time

import torch

WARM_UP = 5


def measure(step, streams, context, steps):
    """Streams of `context` tokens each, then so many decode steps; each step's ids come to the host."""
    numbers = random.Random(streams)
    room = context + steps + WARM_UP + 8
    spans = [
        ([numbers.randrange(step.vocab) for _ in range(context)], 0, j * room) for j in range(streams)
    ]
    batch = step.batch(spans)
    prefill = seconds(step, lambda: step.module.step(*batch), 5)
    state = step.batch([([1], context, j * room) for j in range(streams)])
    most = room
    eager = decode(step, state, steps, eager_step(step, state, most))
    result = {
        "streams": streams,
        "prefillTokensPerSecond": streams * context / prefill,
        "stepMs": 1e3 * eager,
        "tokensPerSecond": streams / eager,
        "bytesOfAStep": step.weight_bytes() + step.cache_bytes(streams * (context + steps // 2)),
    }
    if step.device.type == "cuda":
        result["launchMs"] = 1e3 * launch_seconds(step, state, most, steps)
        graphed = decode(step, state, steps, graphed_step(step, state, most))
        result["graphStepMs"] = 1e3 * graphed
        result["graphTokensPerSecond"] = streams / graphed
        result["launchShare"] = 1 - graphed / eager
    return result


def seconds(step, action, times):
    """The median of several runs, after one that does not count."""
    action()
    taken = []
    for _ in range(times):
        step.synchronize()
        start = time.perf_counter()
        action()
        step.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def decode(step, state, steps, one):
    """Seconds of a step in the median; the host waits for the ids of each, as an engine must."""
    saved = [t.clone() for t in state[:2]]
    taken = []
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        one().tolist()
        taken.append(time.perf_counter() - start)
    for t, before in zip(state, saved):
        t.copy_(before)
    return statistics.median(taken[WARM_UP:])


def eager_step(step, state, most):
    fields, ranges, wanted, _, _ = state

    def one():
        _, ids = step.module.step(fields, ranges, wanted, 1, most)
        step.module.advance(fields, ranges, ids)
        return ids

    return one


def launch_seconds(step, state, most, steps):
    """Seconds that the host needs to launch a step, the device's work not waited for."""
    saved = [t.clone() for t in state[:2]]
    one = eager_step(step, state, most)
    taken = []
    for _ in range(steps):
        step.synchronize()
        start = time.perf_counter()
        one()
        taken.append(time.perf_counter() - start)
    step.synchronize()
    for t, before in zip(state, saved):
        t.copy_(before)
    return statistics.median(taken)


def graphed_step(step, state, most):
    """The same step, recorded once and replayed: what is left without launching each kernel."""
    saved = [t.clone() for t in state[:2]]
    one = eager_step(step, state, most)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            one()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        ids = one()
    for t, before in zip(state, saved):
        t.copy_(before)

    def replay():
        graph.replay()
        return ids

    return replay


def copy_bandwidth(step):
    """Bytes a second of a large copy on the device, counting those read and those written."""
    size = (2 << 30) if step.device.type == "cuda" else (64 << 20)
    source = torch.empty(size, dtype=torch.uint8, device=step.device).fill_(7)
    target = torch.empty_like(source)
    return 2 * size / seconds(step, lambda: target.copy_(source), 15)
