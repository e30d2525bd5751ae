/** What a browser hands over when something is dropped or pasted. */
export interface Intake {
  readonly files: readonly File[];
  /** Names of folders, which can't be attached. */
  readonly folders: readonly string[];
}

/** Whether files are being dragged, rather than words or a link of the page. */
export function bringsFiles(data: Pick<DataTransfer, 'types'> | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** What was dropped. To be called while the event is handled: afterwards it is gone. */
export function dropped(data: Pick<DataTransfer, 'items'>): Intake {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of data.items) {
    const file = item.kind === 'file' ? item.getAsFile() : null;
    if (!file) continue;
    if (item.webkitGetAsEntry?.()?.isDirectory) folders.push(file.name);
    else files.push(file);
  }
  return { files, folders };
}

/**
 * The files in the clipboard that are meant as files. A table or a page that was copied brings a
 * picture of itself along: then its words are meant.
 */
export function pasted(data: Pick<DataTransfer, 'files' | 'types'>): readonly File[] {
  const files = [...data.files];
  const words = data.types.includes('text/plain');
  return words && files.every((file) => file.type.startsWith('image/')) ? [] : files;
}
