import type { Model } from '../protocol/frames';
import { en } from './en';
import { t } from './i18n.svelte';

/** Whether this is the model that ships with Atrium, under the title that it came with. */
export function isBuiltIn(model: Pick<Model, 'title'>): boolean {
  return model.title === en['model.starter'];
}

/**
 * What a model is called on the page. The built-in one has a name in each language; every other is
 * called what the administrator called it.
 */
export function modelTitle(model: Pick<Model, 'title'>): string {
  return isBuiltIn(model) ? t('model.starter') : model.title;
}
