"""Times an exported program: prefill, decode as it is launched, and decode as a replayed CUDA graph."""

import contextlib
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
    launched = launched_step(step, state, room)
    eager = decode(state, steps, launched)
    result = {
        "streams": streams,
        "prefillTokensPerSecond": streams * context / prefill,
        "stepMs": 1e3 * eager,
        "tokensPerSecond": streams / eager,
        "bytesOfAStep": step.weight_bytes() + step.cache_bytes(streams * (context + steps // 2)),
    }
    if step.device.type == "cuda":
        result["launchMs"] = 1e3 * launch_seconds(step, state, steps, launched)
        replayed = replayed_step(state, launched)
        graphed = decode(state, steps, replayed)
        result["graphStepMs"] = 1e3 * graphed
        result["graphTokensPerSecond"] = streams / graphed
        result["launchShare"] = 1 - graphed / eager
        result["graphError"] = distance(state, launched, replayed)
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


@contextlib.contextmanager
def put_back(state):
    """Whatever steps are made within, the state is as it was before them."""
    saved = [t.clone() for t in state[:2]]
    yield
    for t, before in zip(state, saved):
        t.copy_(before)


def launched_step(step, state, most):
    """A decode step, launched kernel by kernel; returns logits and ids and moves the state on."""
    fields, ranges, wanted, _, _ = state

    def one():
        logits, ids = step.module.step(fields, ranges, wanted, 1, most)
        step.module.advance(fields, ranges, ids)
        return logits, ids

    return one


def replayed_step(state, launched):
    """The same step, recorded once and replayed: what is left without launching each kernel."""
    with put_back(state):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                launched()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = launched()

    def one():
        graph.replay()
        return result

    return one


def decode(state, steps, one):
    """Seconds of a step in the median; the host waits for the ids of each, as an engine must."""
    taken = []
    with put_back(state):
        for _ in range(WARM_UP + steps):
            start = time.perf_counter()
            one()[1].tolist()
            taken.append(time.perf_counter() - start)
    return statistics.median(taken[WARM_UP:])


def launch_seconds(step, state, steps, launched):
    """Seconds that the host needs to launch a step, the device's work not waited for."""
    taken = []
    with put_back(state):
        for _ in range(steps):
            step.synchronize()
            start = time.perf_counter()
            launched()
            taken.append(time.perf_counter() - start)
        step.synchronize()
    return statistics.median(taken)


def distance(state, launched, replayed):
    """‖graph's logits − launched logits‖ / ‖launched logits‖ of a few steps, each from the same state."""
    worst = 0.0
    with put_back(state):
        for _ in range(WARM_UP):
            with put_back(state):
                replayed_logits = replayed()[0].double()
            logits = launched()[0].double()
            relative = float((replayed_logits - logits).norm() / logits.norm())
            worst = max(worst, relative if relative == relative else float("inf"))
    return worst


def copy_bandwidth(step):
    """Bytes a second of a large copy on the device, counting those read and those written."""
    size = (2 << 30) if step.device.type == "cuda" else (64 << 20)
    source = torch.empty(size, dtype=torch.uint8, device=step.device).fill_(7)
    target = torch.empty_like(source)
    return 2 * size / seconds(step, lambda: target.copy_(source), 15)
