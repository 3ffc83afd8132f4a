import type { Page } from 'playwright-core';

/** What Tab does on a look, from its first stop to the last one. */
export interface Walk {
  /** The number of stops. */
  readonly stops: number;
  /** Stops that do not show that they have the focus. */
  readonly unmarked: readonly string[];
  /** Links, buttons and fields that are seen, and that Tab does not reach. */
  readonly missed: readonly string[];
}

const MOST_STOPS = 400;

/** Presses Tab until the focus has left the page again. @throws when it never does. */
export async function walkByTab(page: Page): Promise<Walk> {
  await page.evaluate('document.activeElement?.blur(); window.reached = new Set()');
  const unmarked: string[] = [];
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<{ name: string; isMarked: boolean } | null>(READ_FOCUS);
    if (stop === null) return { stops, unmarked, missed: await page.evaluate(LIST_MISSED) };
    if (!stop.isMarked) unmarked.push(stop.name);
  }
  throw new Error(`Tab does not leave ${page.url()} after ${MOST_STOPS} stops`);
}

// As texts, since this file is not compiled for a browser.

/**
 * Null where the focus has left the page, or is again on an element that it was on before. A field for
 * a time has several stops of its own, and the browser marks the later ones inside of it.
 */
const READ_FOCUS = `(() => {
  const element = document.activeElement;
  const isWithin = element !== null && element === window.last;
  if (isWithin) return { name: '', isMarked: true };
  if (element === null || element === document.body || reached.has(element)) return null;
  window.last = element;
  reached.add(element);
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const isMarked = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  return { name: element.outerHTML.slice(0, 120), isMarked };
})()`;

const LIST_MISSED = `[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((element) => element.checkVisibility() && !element.disabled && !reached.has(element))
  .map((element) => element.outerHTML.slice(0, 120))`;
