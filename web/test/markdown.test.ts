// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { blocks, heal, settle } from '../src/markdown/blocks';
import { highlight } from '../src/markdown/languages';
import { renderMarkdown } from '../src/markdown/render';

function dom(markdown: string): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = renderMarkdown(markdown);
  return root;
}

describe('renderMarkdown', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'x <svg onload=alert(1)> y',
    '<iframe src="https://example.org"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '<style>*{display:none}</style>',
    '<form action="https://example.org"><input></form>',
  ])('shows raw HTML as text: %s', (html) => {
    const root = dom(html);
    expect(root.querySelector('script,img,svg,iframe,style,form,input,a')).toBeNull();
    expect(root.textContent).toContain(html.startsWith('x') ? '<svg' : html.slice(0, 8));
  });

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:x)',
    '[x](&#106;avascript:alert(1))',
  ])('makes no link of %s', (markdown) => {
    expect(dom(markdown).querySelector('a[href]')).toBeNull();
  });

  it('opens links in a new tab that can’t reach back', () => {
    const link = dom('[docs](https://example.org/a?b=1)').querySelector('a');
    expect(link?.getAttribute('href')).toBe('https://example.org/a?b=1');
    expect(link?.getAttribute('target')).toBe('_blank');
    expect(link?.getAttribute('rel')).toContain('noopener');
  });

  it('fetches no picture, because its address could carry the chat away', () => {
    const root = dom('![chart](https://example.org/x.png?secret=1)');
    expect(root.querySelector('img')).toBeNull();
    expect(root.querySelector('a')?.textContent).toBe('chart');
  });

  it('can’t be tricked into classes of the page or attributes of an element', () => {
    const root = dom(
      '```x" onclick="alert(1)\ncode\n```\n\n[a](https://e.org "t\\" onclick=\\"x")',
    );
    for (const element of root.querySelectorAll('*')) {
      expect(element.getAttributeNames().filter((name) => name.startsWith('on'))).toEqual([]);
    }
  });

  it('keeps the alignment of a table, which scrolls inside', () => {
    const root = dom('| a | b |\n|:-:|--:|\n| 1 | 2 |');
    const cells = [...root.querySelectorAll('td')].map((cell) => cell.getAttribute('align'));
    expect(cells).toEqual(['center', 'right']);
    expect(root.querySelector('.table')?.getAttribute('tabindex')).toBe('0');
  });

  it('writes emphasis, lists and line breaks', () => {
    const root = dom('**bold** `code`\nnext\n\n- one\n- [x] two');
    expect(root.querySelector('strong')?.textContent).toBe('bold');
    expect(root.querySelector('br')).not.toBeNull();
    expect(root.querySelectorAll('li')).toHaveLength(2);
    expect(root.textContent).toContain('☑');
  });
});

describe('blocks', () => {
  const answer = 'Intro **bold**.\n\n```java\nint a;\n```\n\n- one\n- two\n\nEnd.';

  it('cuts at the top level and takes code apart', () => {
    expect(blocks(answer, false).map((block) => block.kind)).toEqual([
      'markdown',
      'code',
      'markdown',
      'markdown',
    ]);
    expect(blocks(answer, false)[1]).toEqual({
      kind: 'code',
      language: 'java',
      code: 'int a;',
      open: false,
    });
  });

  it('changes only the last block while the answer grows, so that nothing flickers', () => {
    let before = blocks('', true);
    for (let end = 1; end <= answer.length; end++) {
      const now = blocks(answer.slice(0, end), true);
      expect(now.length).toBeGreaterThanOrEqual(before.length);
      for (let i = 0; i < before.length - 1; i++) expect(now[i]).toEqual(before[i]);
      before = now;
    }
  });

  it('shows a code block that is not closed yet', () => {
    const [block] = blocks('```py\nprint(1)', true);
    expect(block).toEqual({ kind: 'code', language: 'py', code: 'print(1)', open: true });
  });

  it('gives definitions of links to the blocks that use them', () => {
    const [block] = blocks('see [a]\n\n[a]: https://example.org', false);
    expect(block?.kind === 'markdown' && dom(block.raw).querySelector('a')?.href).toBe(
      'https://example.org/',
    );
  });
});

describe('what is still being written', () => {
  it('is no heading for the moment in which a list begins', () => {
    const [block] = blocks('Points:\n-', true);
    expect(block?.kind === 'markdown' && dom(block.raw).querySelector('h1,h2')).toBeNull();
    expect(settle('a\n```java')).toBe('a\n```java');
    expect(settle('a\n- item')).toBe('a\n- item');
  });

  it.each([
    ['a **bol', 'bol'],
    ['a **bold*', 'bold'],
    ['call `run', 'run'],
  ])('has its marks closed: %s', (raw, text) => {
    const element = dom(heal(raw)).querySelector('strong,code');
    expect(element?.textContent).toBe(text);
  });

  it('shows the words of a link before its address is there', () => {
    expect(heal('see [the docs](https://exam')).toBe('see the docs');
    expect(heal('see [the do')).toBe('see the do');
    expect(heal('see [the docs](https://e.org)')).toBe('see [the docs](https://e.org)');
  });

  it('leaves stars inside code alone', () => {
    expect(heal('`a ** b` and more')).toBe('`a ** b` and more');
  });
});

describe('highlight', () => {
  it('marks known languages and escapes what it marks', () => {
    expect(highlight('int a = 1; // <b>', 'java')).toContain('hljs-comment');
    expect(highlight('"<img src=x>"', 'js')).not.toContain('<img');
    expect(highlight('x', 'brainfuck')).toBeNull();
  });
});
