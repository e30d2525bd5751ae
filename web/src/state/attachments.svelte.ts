import {
  distinctName,
  hasText,
  MOST_FILES,
  type Attachment,
  type TextFile,
} from '../protocol/attachments';
import { loadFiles, saveFiles } from './draftFiles';
import type { Intake } from './fileIntake';
import { readFile, type Refusal } from './fileReader';

/** The draft that files are attached to: that of a chat, which gets its id while it is open. */
interface Owner {
  conversationId: string | null;
  /** An earlier prompt that is being changed is no draft, and not kept as one. */
  readonly kept: boolean;
}

/**
 * The files attached to the prompt that is being written: ten at most, read one after the other, and
 * kept with the draft of their chat whatever is opened meanwhile.
 */
export class Attachments {
  files: readonly Attachment[] = $state.raw([]);
  /** What has come the last time, for readers who can't see it appear. */
  arrived: readonly TextFile[] = $state.raw([]);
  /** What was not attached the last time, and why; never longer than the files of one prompt. */
  refusals: readonly Refusal[] = $state.raw([]);
  private readers = $state(0);
  private owner: Owner = { conversationId: null, kept: true };

  /** Whether there are files that are being read. */
  get reading(): boolean {
    return this.readers > 0;
  }

  /** Shows the files of this chat's draft. */
  open(conversationId: string | null): void {
    this.owner = { conversationId, kept: true };
    this.files = loadFiles(conversationId);
    this.dismiss();
  }

  /** Shows the files of an earlier prompt, which is being changed; those of the draft wait. */
  change(files: readonly Attachment[]): void {
    this.owner = { conversationId: null, kept: false };
    this.files = files;
    this.dismiss();
  }

  /** The new chat that is open has got its id: what is attached stays with it. */
  named(conversationId: string | null): void {
    if (this.owner.conversationId === conversationId || !this.owner.kept) return;
    saveFiles(this.owner.conversationId, []);
    this.owner.conversationId = conversationId;
    saveFiles(conversationId, this.files);
  }

  /** Reads and attaches these; those that can't be, or are too many, are said in `refusals`. */
  async add({ files, folders }: Intake): Promise<void> {
    const { owner } = this;
    this.dismiss();
    const read = files.slice(0, Math.max(0, MOST_FILES - this.files.length));
    this.refusals = folders
      .slice(0, MOST_FILES)
      .map((name) => ({ key: 'file.folder', name }) as const);
    this.readers++;
    try {
      for (const file of read) await this.addOne(owner, file);
    } finally {
      this.readers--;
    }
    this.leaveOut(owner, files.length - read.length);
  }

  /**
   * Files that did not go with a prompt of this chat: to its draft, as many as it can have.
   *
   * @param open whether it is the chat on screen, which may have got its id just now
   */
  bringBack(conversationId: string, files: readonly Attachment[], open: boolean): void {
    const here = open && this.owner.kept;
    const present = here ? this.files : loadFiles(conversationId);
    const all = [...present, ...files].slice(0, MOST_FILES);
    if (here) this.become(all);
    else saveFiles(conversationId, all);
  }

  remove(file: Attachment): void {
    this.dismiss();
    this.become(this.files.filter((other) => other !== file));
  }

  /** What has come and what has not is known by now. */
  dismiss(): void {
    this.arrived = [];
    this.refusals = [];
  }

  /** The files, which are attached no more: they are being sent. */
  take(): readonly Attachment[] {
    const taken = this.files;
    this.dismiss();
    this.become([]);
    return taken;
  }

  private async addOne(owner: Owner, given: File): Promise<void> {
    const read = await readFile(given);
    const mine = owner === this.owner;
    if (!mine && !owner.kept) return;
    if ('refusal' in read) {
      if (mine) this.refusals = [...this.refusals, read.refusal].slice(-MOST_FILES);
      return;
    }
    const present = mine ? this.files : loadFiles(owner.conversationId);
    if (present.some((file) => isSame(file, read.file))) return;
    if (present.length >= MOST_FILES) return this.leaveOut(owner, 1);
    const name = distinctName(read.file.name, present);
    const file = { ...read.file, name };
    const files = [...present, file];
    if (!mine) return saveFiles(owner.conversationId, files);
    this.become(files);
    this.arrived = [...this.arrived, file];
  }

  private leaveOut(owner: Owner, over: number): void {
    if (over <= 0 || owner !== this.owner) return;
    const others = this.refusals.filter(({ key }) => key !== 'file.tooMany');
    const before = this.refusals.find(({ key }) => key === 'file.tooMany')?.over ?? 0;
    this.refusals = [...others, { key: 'file.tooMany', name: '', over: over + before }];
  }

  private become(files: readonly Attachment[]): void {
    this.files = files;
    if (this.owner.kept) saveFiles(this.owner.conversationId, files);
  }
}

/** Whether the same file was chosen twice. */
function isSame(file: Attachment, read: TextFile): boolean {
  return hasText(file) && file.name === read.name && file.text === read.text;
}
