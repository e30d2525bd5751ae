import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** The running system that is tested, as the environment tells. */
export interface System {
  url: string;
  user: string;
  /** The one-time password, or the one below if an earlier run has changed it. */
  password: string;
  newPassword: string;
}

export function system(): System {
  const { ATRIUM_URL, ATRIUM_USER, ATRIUM_PASSWORD, ATRIUM_NEW_PASSWORD } = process.env;
  if (!ATRIUM_URL || !ATRIUM_USER || !ATRIUM_PASSWORD) {
    throw new Error('Set ATRIUM_URL, ATRIUM_USER and ATRIUM_PASSWORD to a running system.');
  }
  return {
    url: ATRIUM_URL.replace(/\/$/, ''),
    user: ATRIUM_USER,
    password: ATRIUM_PASSWORD,
    newPassword: ATRIUM_NEW_PASSWORD ?? 'a sentence that is only for tests',
  };
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What a page did that it should not have done; looked at when the story has ended. */
export interface Watch {
  /** Addresses asked for outside the system. */
  foreign: string[];
  /** Uncaught errors, and what the content security policy blocked. */
  errors: string[];
}

export function watch(context: BrowserContext, url: string): Watch {
  const found: Watch = { foreign: [], errors: [] };
  const origin = new URL(url).origin;
  const isForeign = (address: string) =>
    /^(https?|wss?):/.test(address) && !isSame(address, origin);
  const listen = (page: Page) => {
    page.on('request', (request) => {
      if (isForeign(request.url())) found.foreign.push(request.url());
    });
    page.on('websocket', (socket) => {
      if (isForeign(socket.url())) found.foreign.push(socket.url());
    });
    page.on('pageerror', (error) => found.errors.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) found.errors.push(message.text());
    });
  };
  context.pages().forEach(listen);
  context.on('page', listen);
  return found;
}

function isSame(address: string, origin: string): boolean {
  return new URL(address.replace(/^ws/, 'http')).origin === origin;
}

export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.locator('#name').fill(name);
  await page.locator('#password').fill(password);
  await page.keyboard.press('Enter');
}

/** Types a prompt and presses Enter. */
export async function ask(page: Page, prompt: string): Promise<void> {
  const composer = page.locator('#composer');
  await composer.fill(prompt);
  await page.locator('[data-action="send"]:not([disabled])').waitFor();
  await composer.press('Enter');
}

/** Waits until the answer to the last prompt has ended, and returns its text. */
export async function answered(page: Page): Promise<string> {
  await page.locator('[data-action="send"]').waitFor();
  const last = page.locator('article.answer').last();
  await page.locator('article.answer[data-phase="ended"]').last().waitFor();
  const prose = last.locator('.prose');
  return (await prose.count()) > 0 ? prose.innerText() : '';
}

export async function openSettings(page: Page): Promise<void> {
  const who = page.locator('.who');
  if ((await who.getAttribute('aria-expanded')) !== 'true') await who.click();
}

export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = new URL('../target/e2e/', import.meta.url).pathname;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png` });
}
