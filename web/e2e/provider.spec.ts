import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openSettings, screenshot, system } from './system';

const { url, user, password } = system();
const provider = process.env.ATRIUM_PROVIDER ?? '';

/** With a real Keycloak beside the hub; its page has the ids that are looked for. */
describe('an employee of a company with a sign-in service', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const blocked: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1280, height: 820 }, locale: 'en-GB' });
    page = await context.newPage();
    page.on('console', (message) => {
      const ours = page.url().startsWith(url);
      if (ours && /Content Security Policy/i.test(message.text())) blocked.push(message.text());
    });
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function press(): Promise<void> {
    await page.getByRole('link', { name: provider }).click();
  }

  it('comes in by its button', async () => {
    await page.goto(url);
    await page.getByRole('link', { name: provider }).waitFor();
    await screenshot(page, 'provider-button');
    await press();
    await page.locator('#username').fill(user);
    await page.locator('#password').fill(password);
    await page.locator('#kc-login').click();
    await page.locator('.who').waitFor();
    expect(page.url().startsWith(url)).toBe(true);
    await screenshot(page, 'provider-inside');
  });

  it('goes out there too, and is not asked whether that is meant', async () => {
    await openSettings(page);
    await page.locator('[data-action="sign-out"]').click();
    await page.getByRole('link', { name: provider }).waitFor();
    await expect.poll(() => page.url()).toBe(`${url}/`);
    await press();
    // Who were still signed in at the service would be let in without a question.
    await page.locator('#username').waitFor();
    expect(blocked).toEqual([]);
  });
});
