import { beforeEach, describe, expect, it } from 'vitest';
import { MOST_FILES, textFile } from '../src/protocol/attachments';
import { Attachments } from '../src/state/attachments.svelte';
import { loadFiles, MOST_STORED, saveFiles } from '../src/state/draftFiles';
import {
  forgetDrafts,
  holdUnsent,
  keepUnsent,
  loadDraft,
  recoverUnsent,
  releaseUnsent,
  saveDraft,
} from '../src/state/drafts';

/** As much of a browser's storage as drafts use, with as much room as the test gives it. */
class Storage {
  room = Infinity;
  private readonly items = new Map<string, string>();

  get length(): number {
    return this.items.size;
  }

  key(at: number): string | null {
    return [...this.items.keys()][at] ?? null;
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (value.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}

const file = (name: string, text: string = name) => new File([text], name);
const many = (n: number) => Array.from({ length: n }, (_, i) => file(`${i}.txt`));
const names = (files: readonly { name: string }[]) => files.map(({ name }) => name);

describe('files and the draft they are attached to', () => {
  let storage: Storage;
  let attached: Attachments;
  const add = (...files: File[]) => attached.add({ files, folders: [] });
  const refused = () => attached.refusals.map(({ key, name }) => `${key} ${name}`.trim());

  beforeEach(() => {
    storage = new Storage();
    Object.assign(globalThis, { localStorage: storage });
    forgetDrafts();
    attached = new Attachments();
    attached.open('c1');
  });

  it('are attached in their order, and said to have come', async () => {
    await add(file('b.txt'), file('a.txt'));
    await add(file('c.txt'));
    expect(names(attached.files)).toEqual(['b.txt', 'a.txt', 'c.txt']);
    expect(names(attached.arrived)).toEqual(['c.txt']);
    expect(attached.reading).toBe(false);
  });

  it('are ten at most, however many are dropped', async () => {
    let read = 0;
    const files = many(2_000);
    for (const one of files) {
      const bytes = one.arrayBuffer.bind(one);
      one.arrayBuffer = () => (read++, bytes());
    }
    await add(...files);
    expect(names(attached.files)).toEqual(names(files.slice(0, MOST_FILES)));
    expect(read).toBe(MOST_FILES);
    expect(attached.refusals).toEqual([{ key: 'file.tooMany', name: '', over: 1_990 }]);
  });

  it('are ten at most when they come from two places at a time', async () => {
    await Promise.all([add(...many(6)), attached.add({ files: many(16).slice(6), folders: [] })]);
    expect(attached.files).toHaveLength(MOST_FILES);
    expect(attached.refusals).toMatchObject([{ key: 'file.tooMany', over: 6 }]);
  });

  it('say what was not attached, until the next ones come', async () => {
    await attached.add({
      files: [file('a.txt'), file('empty.txt', ''), file('b.bin', 'a\0b')],
      folders: ['photos'],
    });
    expect(names(attached.files)).toEqual(['a.txt']);
    expect(refused()).toEqual(['file.folder photos', 'file.empty empty.txt', 'file.notText b.bin']);
    await add(file('c.txt'));
    expect(refused()).toEqual([]);
  });

  it('are not attached twice, but two of one name are told apart', async () => {
    await add(file('a.csv', '1'));
    await add(file('a.csv', '1'), file('a.csv', '2'));
    expect(names(attached.files)).toEqual(['a.csv', 'a (2).csv']);
  });

  it('stay with the draft of their chat, over a reload, too', async () => {
    await add(file('a.txt'));
    attached.open('c2');
    expect(attached.files).toEqual([]);
    await add(file('b.txt'));
    attached.open('c1');
    expect(names(attached.files)).toEqual(['a.txt']);
    const afterReload = new Attachments();
    afterReload.open('c2');
    expect(afterReload.files).toEqual([textFile('b.txt', 'b.txt')]);
  });

  it('come to the chat they were dropped on, though another was opened meanwhile', async () => {
    const adding = add(file('a.txt'), file('b.txt'));
    attached.open('c2');
    await adding;
    expect([attached.files, attached.arrived]).toEqual([[], []]);
    attached.open('c1');
    expect(names(attached.files)).toEqual(['a.txt', 'b.txt']);
  });

  it('stay when a new chat gets its id', async () => {
    attached.open(null);
    await add(file('a.txt'));
    const adding = add(file('b.txt'));
    attached.named('c9');
    await adding;
    expect(names(attached.files)).toEqual(['a.txt', 'b.txt']);
    attached.open(null);
    expect(attached.files).toEqual([]);
    attached.open('c9');
    expect(names(attached.files)).toEqual(['a.txt', 'b.txt']);
  });

  it('are attached no more when they are removed or sent', async () => {
    await add(file('a.txt'), file('b.txt'));
    attached.remove(attached.files[0]!);
    expect(names(loadFiles('c1'))).toEqual(['b.txt']);
    expect(names(attached.take())).toEqual(['b.txt']);
    expect([attached.files, loadFiles('c1')]).toEqual([[], []]);
  });

  it('come back to the draft of their chat when they did not go with a prompt', async () => {
    const back = [textFile('back.txt', '1')];
    await add(file('a.txt'));
    attached.bringBack('c1', back, true);
    attached.bringBack('c2', back, false);
    expect(names(attached.files)).toEqual(['a.txt', 'back.txt']);
    expect([names(loadFiles('c1')), loadFiles('c2')]).toEqual([['a.txt', 'back.txt'], back]);
    attached.change([]);
    attached.bringBack('c1', back, true);
    expect([attached.files.length, loadFiles('c1').length]).toEqual([0, 3]);
  });

  it('come back to a new chat that is only now getting its id', () => {
    attached.open(null);
    attached.bringBack('c2', [textFile('other.txt', '1')], false);
    expect(attached.files).toEqual([]);
    attached.bringBack('c9', [textFile('back.txt', '1')], true);
    attached.named('c9');
    expect(names(attached.files)).toEqual(['back.txt']);
    expect([names(loadFiles('c9')), loadFiles(null)]).toEqual([['back.txt'], []]);
  });

  it('are held by the page where storage has no room, which is left to the words', () => {
    const large = textFile('large.txt', 'x'.repeat(MOST_STORED / 3));
    for (const chat of ['c1', 'c2', 'c3', 'c4']) saveFiles(chat, [large]);
    expect(names(loadFiles('c4'))).toEqual(['large.txt']);
    expect(storage.length).toBe(2);
    storage.room = 100;
    saveFiles('c1', [textFile('b.txt', 'x'.repeat(1_000))]);
    saveDraft('c1', 'words');
    expect([names(loadFiles('c1')), loadDraft('c1')]).toEqual([['b.txt'], 'words']);
    forgetDrafts();
    expect([loadFiles('c1'), loadFiles('c4'), storage.length]).toEqual([[], [], 0]);
  });

  it('are left out where storage holds something else', () => {
    storage.setItem('atrium.draft.files.c1', '[null, 1, {"name":"a"}, {"name":"b","bytes":1}]');
    expect(loadFiles('c1')).toEqual([]);
    storage.setItem('atrium.draft.files.c1', '{');
    expect(loadFiles('c1')).toEqual([]);
    storage.setItem('atrium.draft.files.c1', '[{"id":"f","name":"a","bytes":1,"text":2}]');
    expect(loadFiles('c1')).toEqual([]);
  });
});

describe('a prompt with files that is not stored yet', () => {
  const files = [textFile('a.txt', 'hello')];
  let storage: Storage;

  beforeEach(() => {
    storage = new Storage();
    Object.assign(globalThis, { localStorage: storage });
    forgetDrafts();
  });

  it('becomes the draft again after a reload, files and all', () => {
    holdUnsent('p1', 'c1', 'Look', files);
    recoverUnsent();
    expect([loadDraft('c1'), loadFiles('c1')]).toEqual(['Look', files]);
    holdUnsent('p2', 'c2', 'Look', files);
    releaseUnsent('p2');
    recoverUnsent();
    expect([loadDraft('c2'), loadFiles('c2')]).toEqual(['', []]);
  });

  it('keeps its words where there is no room for its files', () => {
    storage.room = 80;
    holdUnsent('p1', 'c1', 'Look', files);
    recoverUnsent();
    expect([loadDraft('c1'), loadFiles('c1')]).toEqual(['Look', []]);
  });

  it('does not take the place of a newer draft, which may be files alone', () => {
    const newer = [textFile('b.txt', 'newer')];
    saveFiles('c1', newer);
    keepUnsent('c1', 'Look', files);
    expect([loadDraft('c1'), loadFiles('c1')]).toEqual(['', newer]);
  });
});
