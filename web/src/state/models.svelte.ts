import type { Model } from '../protocol/frames';
import { load, save } from './storage';

/** The models that answer here, and the one that the reader chose. */
export class Models {
  list: readonly Model[] = $state.raw([]);
  private wanted: string | null = $state(load('model'));

  /** The chosen model while it runs; else the default one; else any that runs. */
  readonly current: Model | null = $derived(
    this.list.find((model) => model.name === this.wanted && model.available) ??
      this.list.find((model) => model.default && model.available) ??
      this.list.find((model) => model.available) ??
      null,
  );

  choose(name: string): void {
    this.wanted = name;
    save('model', name);
  }
}
