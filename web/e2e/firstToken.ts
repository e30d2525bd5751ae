import type { Page } from 'playwright-core';

/**
 * Milliseconds from pressing Enter to the first text of the answer that has been laid out, measured
 * inside the page: from the time stamp of the key to the frame after the text appeared.
 */
export async function timeToFirstToken(page: Page, prompt: string): Promise<number> {
  await page.locator('#composer').fill(prompt);
  await page.locator('[data-action="send"]:not([disabled])').waitFor();
  await page.evaluate(() => {
    const answers = () => document.querySelectorAll('article.answer').length;
    const before = answers();
    const measured = new Promise<number>((done) => {
      document.getElementById('composer')!.addEventListener(
        'keydown',
        (key) => {
          const observer = new MutationObserver(() => {
            const last = [...document.querySelectorAll('article.answer')].at(-1);
            const text = last?.querySelector('.prose')?.textContent ?? '';
            if (answers() > before && text.trim() !== '') {
              observer.disconnect();
              requestAnimationFrame(() => done(performance.now() - key.timeStamp));
            }
          });
          observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        },
        { once: true, capture: true },
      );
    });
    Object.assign(window, { firstToken: measured });
  });
  await page.locator('#composer').press('Enter');
  return page.evaluate(() => (window as unknown as { firstToken: Promise<number> }).firstToken);
}
