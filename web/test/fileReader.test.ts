import { describe, expect, it } from 'vitest';
import { MOST_CODE_POINTS } from '../src/protocol/limits';
import { MOST_FILE_BYTES, readFile } from '../src/state/fileReader';

const bytes = (...values: (number | string)[]) =>
  values.map((value) => (typeof value === 'string' ? value : Uint8Array.of(value)));
const read = async (content: BlobPart[], name = 'a.txt') => {
  const result = await readFile(new File(content, name));
  return 'file' in result ? result.file.text : result.refusal.key;
};

describe('readFile', () => {
  it('reads text in UTF-8, whatever its name says', async () => {
    expect(await readFile(new File(['你好, 👋\r\n'], 'dir/a.xyz'))).toEqual({
      file: { name: 'dir_a.xyz', bytes: 14, text: '你好, 👋\r\n' },
    });
  });

  it('leaves the mark of the byte order out', async () => {
    expect(await read(bytes(0xef, 0xbb, 0xbf, 'a;b'))).toBe('a;b');
  });

  it('reads UTF-16 that says so, in either order', async () => {
    expect(await read(bytes(0xff, 0xfe, 0x60, 0x4f, 0x7d, 0x59))).toBe('你好');
    expect(await read(bytes(0xfe, 0xff, 0x4f, 0x60, 0x59, 0x7d))).toBe('你好');
    expect(await read(bytes(0xff, 0xfe, 0x00, 0xd8))).toBe('file.notText');
  });

  it('tells text of an older encoding from what is no text', async () => {
    expect(await read(bytes('caf', 0xe9, '\r\n'))).toBe('file.encoding');
    expect(await read(bytes(0xc4, 0xe3, 0xba, 0xc3))).toBe('file.encoding');
    const picture = bytes(0x89, 'PNG\r\n', 0x1a, '\n', 0, 0, 0, 0x0d, 'IHDR');
    expect(await read(picture)).toBe('file.notText');
    expect(await read(bytes('PK', 3, 4, 20, 0, 6, 0, 8), 'a.docx')).toBe('file.notText');
    expect(await read(bytes('a', 0, 'b'))).toBe('file.notText');
    expect(await read(['%PDF-1.4 all of it letters'])).toBe('file.notText');
  });

  it('refuses what is empty, but for a mark', async () => {
    expect(await read([])).toBe('file.empty');
    expect(await read(bytes(0xef, 0xbb, 0xbf))).toBe('file.empty');
  });

  it('says by how much a text is too long', async () => {
    const file = new File(['x'.repeat(MOST_CODE_POINTS + 12)], 'long.log');
    const refusal = { key: 'file.tooLong', name: 'long.log', over: 12 };
    expect(await readFile(file)).toEqual({ refusal });
    expect(await read(['x'.repeat(MOST_CODE_POINTS)])).toHaveLength(MOST_CODE_POINTS);
  });

  it('does not even read what is too large', async () => {
    const file = new File(['x'], 'large.log');
    Object.defineProperty(file, 'size', { value: MOST_FILE_BYTES + 1 });
    file.arrayBuffer = () => Promise.reject(new Error('was read'));
    const refusal = { key: 'file.tooLarge', name: 'large.log', bytes: MOST_FILE_BYTES + 1 };
    expect(await readFile(file)).toEqual({ refusal });
  });

  it('says so when a file can no longer be read', async () => {
    const file = new File(['x'], 'moved.txt');
    file.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'));
    expect(await readFile(file)).toEqual({
      refusal: { key: 'file.unreadable', name: 'moved.txt' },
    });
  });
});
