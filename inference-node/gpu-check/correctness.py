"""Compares an exported program with logits from the CPU in f32."""

import random

import torch

# Largest ‖logits − reference‖ / ‖reference‖ that passes.
LIMITS = {torch.bfloat16: 0.03, torch.float16: 0.003, torch.float32: 1e-5}


def check(step, reference):
    """Everything is done with all cases in one ragged batch."""
    cases = reference["cases"]
    spans = places(cases)
    rows = prompts_at_once(step, spans), prompts_beside_answers(step, spans)
    errors = [error(row, c["afterPrompt"]) for r in rows for row, c in zip(r, cases)]
    last, others = answers(step, cases, spans, max(e["max"] for e in errors))
    errors += [error(row, c["afterAnswer"]) for row, c in zip(last, cases)]
    worst, limit = max(e["relative"] for e in errors), LIMITS[step.dtype]
    return {
        "limit": limit,
        "relativeError": worst,
        "maxError": max(e["max"] for e in errors),
        "rows": len(errors),
        "tokens": sum(len(c["answer"]) for c in cases),
        **others,
        "greedy": [greedy(step, c, span) for c, span in zip(cases, spans)],
        "passed": worst <= limit and others["otherTokens"] == 0,
    }


def places(cases):
    """Prompts as spans whose ranges lie backwards in the arena, with gaps between them."""
    spans, start = [], 5
    for case in reversed(cases):
        spans.insert(0, (case["prompt"], 0, start))
        start += len(case["prompt"]) + len(case["answer"]) + 11
    return spans


def error(row, reference):
    """What is no number is no small error."""
    reference = torch.as_tensor(reference, dtype=torch.float64)
    difference = row.cpu().double() - reference
    relative, most = float(difference.norm() / reference.norm()), float(difference.abs().max())
    infinite = relative != relative
    return {"relative": float("inf") if infinite else relative, "max": float("inf") if infinite else most}


def prompts_at_once(step, spans):
    step.forget()
    return step.run(spans)[0]


def prompts_beside_answers(step, spans):
    """Every other prompt is cut in the middle, so that its second half runs beside others' last token."""
    step.forget()
    cuts = [len(ids) // 2 if j % 2 else len(ids) - 1 for j, (ids, _, _) in enumerate(spans)]
    step.run([(ids[:cut], 0, start) for (ids, _, start), cut in zip(spans, cuts) if cut > 0])
    return step.run([(ids[cut:], cut, start) for (ids, _, start), cut in zip(spans, cuts)])[0]


def answers(step, cases, spans, margin):
    """Reads the reference's answers token by token and counts where another token was likeliest. Two
    that lie nearer to each other than twice the largest error may change places."""
    step.forget()
    logits, ids = step.run(spans)
    others = {"otherTokensWithinTheError": 0, "otherTokens": 0}
    for i in range(len(cases[0]["answer"])):
        for id, case in zip(ids.tolist(), cases):
            if id != case["answer"][i]:
                close = case["gaps"][i] <= 2 * margin
                others["otherTokensWithinTheError" if close else "otherTokens"] += 1
        written = [([c["answer"][i]], len(c["prompt"]) + i, s) for c, (_, _, s) in zip(cases, spans)]
        logits, ids = step.run(written)
    return logits, others


def greedy(step, case, span):
    """How many tokens the program writes as the reference did, by itself: no id is read on the way."""
    step.forget()
    prompt, _, start = span
    _, ids = step.run([span])
    fields, ranges, wanted, rows, _ = step.batch([([0], len(prompt) - 1, start)])
    written = [ids]
    while len(written) < len(case["answer"]):
        step.module.advance(fields, ranges, ids)
        _, ids = step.module.step(fields, ranges, wanted, rows, len(prompt) + len(case["answer"]))
        written.append(ids)
    same = [a == b for a, b in zip(torch.cat(written).tolist(), case["answer"])]
    return same.index(False) if False in same else len(same)


def reference_of(step):
    """The same as `engine export --reference` writes, said by the same program on the CPU in f32."""
    numbers, cases = random.Random(1), []
    for length in (1, 7, 40, 130, 300):
        prompt = [numbers.randrange(step.vocab) for _ in range(length)]
        cases.append({"prompt": prompt, "answer": [], "gaps": []})
    spans = places([{**c, "answer": range(32)} for c in cases])
    cpu = step.on_the_cpu_in_f32(1024)
    logits, ids = cpu.run(spans)
    for row, case in zip(logits, cases):
        case["afterPrompt"] = row
    for _ in range(32):
        for row, id, case in zip(logits, ids.tolist(), cases):
            best = row.topk(2).values
            case["gaps"].append(float(best[0] - best[1]))
            case["answer"].append(id)
        logits, ids = cpu.run(
            [([c["answer"][-1]], len(c["prompt"]) + len(c["answer"]) - 1, s) for c, (_, _, s) in zip(cases, spans)]
        )
    for row, case in zip(logits, cases):
        case["afterAnswer"] = row
    return {"cases": cases}
