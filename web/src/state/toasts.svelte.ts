export interface Toast {
  readonly id: number;
  readonly kind: 'info' | 'error';
  readonly text: string;
}

const SHOWN_MS = 7_000;
const MOST = 3;

/** Short messages in a corner that go away by themselves. */
export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  private last = 0;

  show(kind: Toast['kind'], text: string): void {
    const id = ++this.last;
    const others = this.list.filter((toast) => toast.text !== text);
    this.list = [...others, { id, kind, text }].slice(-MOST);
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
