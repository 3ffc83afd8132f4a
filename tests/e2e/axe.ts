import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe calls a hindrance for people. Milder findings are a matter of taste. */
const GRAVE = ['serious', 'critical'];

/** The serious and critical findings of axe in the page as it is, a line for each. */
export async function listFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // By a text, since this file is not compiled for a browser.
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => GRAVE.includes(impact ?? ''))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    );
}
