// What the mock hub says and what it remembers.
const long = `## How the two compare

Here is a **short** overview, then some code. See [the documentation](https://example.org/docs) or the
section on \`reserve\` and *settle*.

1. First, the hub reserves a slice.
2. Then the node writes:
   - at most as far as it is allowed,
   - and never past it.

| Step | Who | Takes | What can go wrong |
|:-----|:---:|------:|-------------------|
| reserve | hub | 2 ms | the budget is spent |
| prepare | node | 5 ms | the prompt is too long for the context of the model |
| generate | node | 800 ms | the node is lost, and another one goes on from the token ids |
| settle | hub | 3 ms | nothing |

\`\`\`java
/** The budget of one generation: what was reserved and what was spent. */
record Reservation(UUID generationId, long reservedMicros, long spentMicros) {
  Reservation topUp(long micros) {
    if (micros < 0) throw new IllegalArgumentException("a top-up can't be negative: " + micros); // and this comment is so long that it does not fit
    return new Reservation(generationId, reservedMicros + micros, spentMicros);
  }
}
\`\`\`

> Whatever is reserved and not spent goes back.

And in the shell:

\`\`\`bash
deploy/atrium up --nodes 2 --model /models/house-8b   # one command
\`\`\`

<script>alert('no')</script> <img src=x onerror=alert(1)> ![a picture](https://example.org/p.png)

A very long word: ${'Donaudampfschifffahrtsgesellschaft'.repeat(6)}.

That is all. 🙂`;

const greeting =
  'Hello! I am the starter model of **Atrium**, a small model that runs entirely on your own ' +
  'machines. I can greet you, tell you what Atrium is and how to install a larger model. ' +
  'What would you like to know?';

const chinese =
  '你好！我是 **Atrium** 的入门模型，完全运行在公司自己的机器上。我可以介绍 Atrium，也可以告诉你怎样安装更大的模型。' +
  '超出我能力的问题，我会直接说不知道。';

export function answerTo(prompt) {
  if (/long|drop|gap/.test(prompt)) return long;
  if (/\p{Script=Han}/u.test(prompt)) return chinese;
  return greeting;
}

const titles = [
  ['Budget report for the third quarter', 0],
  ['What is Atrium?', 0],
  ['怎样安装更大的模型', 1],
  ['Draft of the letter to the works council', 1],
  ['SQL: top ten customers by revenue with a running total', 3],
  ['Translate the safety instructions', 5],
  ['会议纪要整理', 6],
  ['Regular expression for order numbers', 12],
  ['Onboarding checklist', 20],
  ['Names for the new meeting rooms', 26],
  ...Array.from({ length: 60 }, (_, i) => [`Older question number ${i + 1}`, 40 + i * 3]),
];

export const history = titles.map(([title, days], i) => ({
  title,
  days: days + (i % 3) * 0.01,
  turns:
    i === 0
      ? [
          'long please',
          long,
          '谢谢！再用中文总结一下。',
          chinese,
          'And in one word?',
          { text: 'Atr', status: 'stopped' },
        ]
      : [title, greeting],
}));
