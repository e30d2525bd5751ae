/** The browser still reads from the address after the click. */
const HELD_MS = 10_000;

/** Saves text as a file of this computer. As plain text, whatever its name says it is. */
export function downloadText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), HELD_MS);
}
