// @vitest-environment jsdom
import { File } from 'node:buffer';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { textFile } from '../src/protocol/attachments';
import { MOST_CODE_POINTS } from '../src/protocol/limits';
import type { App } from '../src/state/app.svelte';
import { loadFiles, saveFiles } from '../src/state/draftFiles';
import { loadDraft, saveDraft } from '../src/state/drafts';

const file = (name: string, text = 'hello') => new File([text], name) as unknown as globalThis.File;

/** The composer, and what takes files for it; there is no line to a hub. */
describe('the composer', () => {
  let app: App;
  let pages: Record<string, unknown>[];

  const one = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector)!;
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
  const area = () => one<HTMLTextAreaElement>('#composer');
  const chips = () => all('[data-file]').map((chip) => chip.getAttribute('aria-label'));
  const ready = () => !one<HTMLButtonElement>('[data-action="send"]').disabled;
  const text = () => document.body.textContent.replace(/\s+/g, ' ');
  const asked = () => app.chat.path.at(-2)?.message;

  function click(selector: string): void {
    one(selector).click();
    flushSync();
  }

  function write(words: string): void {
    area().value = words;
    area().dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
  }

  function press(key: string, more = {}): void {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
    area().dispatchEvent(event);
    flushSync();
  }

  function bring(type: string, data: object): Event {
    const event = new Event(type, { bubbles: true, cancelable: true });
    document.body.dispatchEvent(Object.assign(event, data));
    flushSync();
    return event;
  }

  const drag = (type: string, ...files: globalThis.File[]) =>
    bring(type, {
      dataTransfer: {
        types: ['Files'],
        items: files.map((given) => ({ kind: 'file', getAsFile: () => given })),
      },
    });

  async function attach(...files: globalThis.File[]): Promise<void> {
    await app.attachments.add({ files, folders: [] });
    flushSync();
  }

  beforeAll(() => {
    // What jsdom lacks.
    window.matchMedia = () => Object.assign(new EventTarget(), { matches: true }) as MediaQueryList;
    HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
      this.open = true;
    };
  });

  beforeEach(async () => {
    localStorage.clear();
    const { App } = await import('../src/state/app.svelte');
    const { default: Composer } = await import('../src/components/Composer.svelte');
    const { default: FileIntake } = await import('../src/components/FileIntake.svelte');
    app = new App();
    const model = { name: 'm', title: 'M', description: {}, contextLength: 1, default: true };
    app.models.list = [{ ...model, available: true }];
    const ontake = (intake: Parameters<App['attachments']['add']>[0]) =>
      void app.attachments.add(intake);
    pages = [
      mount(Composer, { target: document.body, props: { app } }),
      mount(FileIntake, { target: document.body, props: { wanted: true, ontake } }),
    ];
    flushSync();
  });

  afterEach(async () => {
    for (const page of pages) await unmount(page);
  });

  it('shows what is attached, and sends it without any words', async () => {
    expect(ready()).toBe(false);
    await attach(file('a.csv'), file('报告.txt', '你好'));
    expect(chips()).toEqual(['Open a.csv, 5 B', 'Open 报告.txt, 6 B']);
    expect(text()).toContain('a.csv is attached. 报告.txt is attached.');
    press('Enter');
    expect(asked()).toMatchObject({ text: '', files: [{ text: 'hello' }, { text: '你好' }] });
    expect([chips(), loadFiles(null)]).toEqual([[], []]);
  });

  it('does not send them with the Enter that ends a composition', async () => {
    await attach(file('a.csv'));
    write('你好');
    press('Enter', { isComposing: true });
    press('Enter', { keyCode: 229 });
    expect(asked()).toBeUndefined();
    press('Enter');
    expect(asked()).toMatchObject({ text: '你好', files: [{ name: 'a.csv' }] });
  });

  it('takes a file off, and leaves the focus where the next one can be taken off', async () => {
    await attach(file('a'), file('b'), file('c'));
    const focused = () => document.activeElement?.getAttribute('aria-label');
    all('[data-action="remove-file"]')[1]!.click();
    await vi.waitFor(() => expect(focused()).toBe('Remove c'));
    expect(text()).toContain('b was removed.');
    for (const left of ['Remove a', 'Message']) {
      (document.activeElement as HTMLElement).click();
      await vi.waitFor(() => expect(focused()).toBe(left));
    }
    expect(chips()).toEqual([]);
  });

  it('opens a file that is attached', async () => {
    await attach(file('a.csv', 'x;y'));
    click('[data-file]');
    await vi.waitFor(() => expect(one('dialog pre').textContent).toBe('x;y'));
    expect(one('dialog h2').textContent).toBe('a.csv');
  });

  it('is too long with its files until one of them is removed', async () => {
    write('12');
    await attach(file('a', 'x'.repeat(MOST_CODE_POINTS - 2)), file('b', '345'));
    expect(text()).toContain('3 characters too many: shorten the message or remove a file');
    expect(ready()).toBe(false);
    click('li:last-child [data-action="remove-file"]');
    expect(ready()).toBe(true);
  });

  it('says what was not attached and why, once for those of one reason', async () => {
    const pictures = [1, 2].map((n) => file(`${n}.png`, '\0'));
    await attach(...pictures, file('long', 'x'.repeat(MOST_CODE_POINTS + 1_234)));
    const said = one('.refusals').textContent;
    expect(said).toContain('“1.png” is not a text file.');
    expect(said).toContain('The same goes for “2.png”.');
    expect(said).toContain('“long” is too long: it has 1,234 characters more');
    click('.refusals button');
    expect(all('.refusals')).toEqual([]);
  });

  it('shows where files can be dropped, and takes them', async () => {
    expect(drag('dragenter').defaultPrevented).toBe(true);
    expect(all('[data-drop-target]')).toHaveLength(1);
    drag('dragleave');
    expect(all('[data-drop-target]')).toHaveLength(0);
    drag('dragenter');
    expect(drag('drop', file('a.csv')).defaultPrevented).toBe(true);
    expect(all('[data-drop-target]')).toHaveLength(0);
    await vi.waitFor(() => expect(chips()).toEqual(['Open a.csv, 5 B']));
  });

  it('shows it no longer when a drag ends without a word', () => {
    vi.useFakeTimers();
    drag('dragenter');
    vi.advanceTimersByTime(1_000);
    flushSync();
    expect(all('[data-drop-target]')).toHaveLength(0);
    vi.useRealTimers();
  });

  it('takes nothing behind a dialog, and lets no file take the place of the page', async () => {
    await attach(file('a.csv'));
    click('[data-file]');
    drag('dragenter');
    expect(all('[data-drop-target]')).toHaveLength(0);
    expect(drag('drop', file('b.csv')).defaultPrevented).toBe(true);
    await new Promise((done) => setTimeout(done, 20));
    expect(chips()).toHaveLength(1);
  });

  it('leaves words that are dragged alone', () => {
    const dataTransfer = { types: ['text/plain'], items: [] };
    expect(bring('dragenter', { dataTransfer }).defaultPrevented).toBe(false);
    expect(bring('drop', { dataTransfer }).defaultPrevented).toBe(false);
  });

  it('tells sizes as people read them', async () => {
    const { size } = await import('../src/i18n/i18n.svelte');
    expect([0, 1_023, 1_024, 1_536, 300_000].map(size).join()).toBe(
      '0 B,1,023 B,1 KB,1.5 KB,293 KB',
    );
    expect([1_048_063, 1_048_064, 2.5 * 1024 * 1024].map(size).join()).toBe('1,023 KB,1 MB,2.5 MB');
  });

  it('takes files that are pasted, and leaves pasted words to the text field', async () => {
    const words = { types: ['text/plain'], files: [] };
    expect(bring('paste', { clipboardData: words }).defaultPrevented).toBe(false);
    const files = { types: ['Files'], files: [file('a.csv')] };
    expect(bring('paste', { clipboardData: files }).defaultPrevented).toBe(true);
    await vi.waitFor(() => expect(chips()).toEqual(['Open a.csv, 5 B']));
  });

  describe('with an earlier message that is changed', () => {
    const earlier = {
      key: 'u',
      id: 'u',
      parentId: 'a0',
      role: 'user' as const,
      createdAt: '',
      text: 'Sum it up',
      files: [{ id: 'f1', name: 'old.csv', bytes: 2_048 }],
      answer: null,
      sending: null,
    };

    beforeEach(async () => {
      write('a draft');
      await attach(file('draft.txt'));
      app.editing = earlier;
      flushSync();
    });

    it('has its words and files, and sends it beside the old one', async () => {
      expect([area().value, chips()]).toEqual(['Sum it up', ['Open old.csv, 2 KB']]);
      write('Sum them up');
      await attach(file('new.csv'));
      press('Enter');
      expect(asked()).toMatchObject({
        parentId: 'a0',
        text: 'Sum them up',
        files: [{ id: 'f1' }, { name: 'new.csv' }],
      });
      expect([area().value, chips()]).toEqual(['a draft', ['Open draft.txt, 5 B']]);
    });

    it('puts the draft aside, and brings it back when it is not changed after all', () => {
      write('Sum them up');
      click('[data-action="remove-file"]');
      expect([loadDraft(null), loadFiles(null)]).toMatchObject(['a draft', [{ text: 'hello' }]]);
      press('Escape');
      expect([area().value, chips()]).toEqual(['a draft', ['Open draft.txt, 5 B']]);
      expect(app.chat.messages).toEqual([]);
    });

    it('is changed once more, in its old place, when it was refused', () => {
      press('Enter');
      const error = { code: 'no_node', args: {}, message: '', retryable: true };
      app.chat.onFrame({ type: 'error', ref: asked()!.id, error });
      const refused = app.chat.path[0]!.message;
      app.sendAgain(refused);
      expect(asked()).toMatchObject({ parentId: 'a0', sending: { instead: true } });
      app.chat.onFrame({ type: 'error', ref: asked()!.id, error });
      app.backToDraft(app.chat.path[0]!.message);
      flushSync();
      expect([area().value, app.editing?.parentId]).toEqual(['Sum it up', 'a0']);
    });
  });

  it('goes back to a refused prompt with its files', () => {
    write('Look');
    app.attachments.files = [textFile('a.csv', '1')];
    flushSync();
    press('Enter');
    const error = { code: 'no_node', args: {}, message: '', retryable: true };
    app.chat.onFrame({ type: 'error', ref: asked()!.id, error });
    app.backToDraft(app.chat.path[0]!.message);
    flushSync();
    expect([area().value, chips()]).toEqual(['Look', ['Open a.csv, 1 B']]);
    expect(app.chat.messages).toEqual([]);
  });

  it('keeps the files of each chat with its draft', () => {
    saveDraft('c2', 'words of another');
    saveFiles('c2', [textFile('other.txt', '1')]);
    app.attachments.files = [textFile('a.csv', '1')];
    void app.chat.open('c2');
    flushSync();
    expect([area().value, chips()]).toEqual(['words of another', ['Open other.txt, 1 B']]);
  });
});
