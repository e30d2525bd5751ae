"""Checks and times a program that `deploy/atrium engine export` wrote. See README.md."""

import argparse
import json
import platform
import sys

import torch

import correctness
import speed
from step import Step, random_weights


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="what engine export wrote")
    parser.add_argument("--reference", help="what engine export --reference wrote; without it the same program on the CPU in f32 is asked")
    parser.add_argument("--fill", action="store_true", help="random weights for a --skeleton")
    parser.add_argument("--device", default="cuda", help="cuda (default), cuda:1, or cpu to try the check itself")
    parser.add_argument("--streams", default="1,8,32,128", help="answers at once (default: %(default)s), or none")
    parser.add_argument("--context", type=int, default=256, help="tokens before each answer (default: %(default)s)")
    parser.add_argument("--tokens", type=int, default=64, help="timed steps (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    return parser.parse_args()


def main():
    args = arguments()
    streams = [int(n) for n in args.streams.split(",") if n not in ("", "none")]
    # Runs the program as it stands: fusing kernels at run time would time its compiler.
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        report = run(args, streams)
    print(json.dumps(report, indent=2) if args.json else text(report))
    sys.exit(0 if report["correctness"]["passed"] else 1)


def run(args, streams):
    room = args.context + args.tokens + 64
    tokens = max([1024] + [n * room for n in streams])
    step = Step(args.archive, args.device, tokens, random_weights if args.fill else None)
    if streams and room > step.context:
        raise SystemExit(f"the model has room for {step.context} tokens: choose a smaller --context")
    report = {
        "archive": args.archive,
        "device": torch.cuda.get_device_name(step.device) if step.device.type == "cuda" else platform.machine(),
        "torch": torch.__version__,
        "type": str(step.dtype).removeprefix("torch."),
        "weightBytes": step.weight_bytes(),
    }
    if args.reference:
        with open(args.reference) as file:
            report["correctness"] = correctness.check(step, json.load(file))
    else:
        report["correctness"] = correctness.check(step, correctness.reference_of(step))
    if streams:
        report["context"] = args.context
        report["copyBandwidth"] = speed.copy_bandwidth(step)
        report["speed"] = [speed.measure(step, n, args.context, args.tokens) for n in streams]
        for row in report["speed"]:
            ideal = row["bytesOfAStep"] / report["copyBandwidth"]
            row["bandwidthShare"] = 1e3 * ideal / row["stepMs"]
            if "graphStepMs" in row:
                row["graphBandwidthShare"] = 1e3 * ideal / row["graphStepMs"]
                if row["graphError"] > report["correctness"]["limit"]:
                    report["correctness"]["passed"] = False
    return report


def text(report):
    c = report["correctness"]
    lines = [
        f"{report['device']}, torch {report['torch']}, {report['type']}, {report['weightBytes'] / 1e6:.1f} MB of weights",
        f"{'agrees' if c['passed'] else 'DIFFERS'}: relative error {c['relativeError']:.2e} (limit {c['limit']:g}), "
        f"largest {c['maxError']:.2e}, over {c['rows']} rows of logits",
        f"of {c['tokens']} tokens {c['otherTokensWithinTheError']} are others within the error, {c['otherTokens']} beyond it; "
        f"greedy answers are the same for {c['greedy']} tokens",
    ]
    if "speed" not in report:
        return "\n".join(lines)
    lines.append(f"a copy moves {report['copyBandwidth'] / 1e12:.3f} TB/s; {report['context']} tokens of context")
    lines.append("streams  prefill tokens/s |  tokens/s  step ms  bandwidth | as a graph  step ms  bandwidth  launch overhead  error")
    for r in report["speed"]:
        line = f"{r['streams']:7d} {r['prefillTokensPerSecond']:17.0f} | {r['tokensPerSecond']:9.0f} {r['stepMs']:8.3f} {r['bandwidthShare']:10.1%}"
        if "graphStepMs" in r:
            line += f" | {r['graphTokensPerSecond']:10.0f} {r['graphStepMs']:8.3f} {r['graphBandwidthShare']:10.1%} {r['launchShare']:16.1%} {r['graphError']:6.0e}"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
