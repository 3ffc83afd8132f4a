import { existsSync } from 'node:fs';
import { join } from 'node:path';

const INSTALLED = '/usr/share/registry-cache/page';

/** The built page: in `dist` of a checkout, in /usr/share in the image. */
export function findPageDir(): string {
  const inCheckout = join(import.meta.dirname ?? '', '../../../../../dist/page');
  return existsSync(inCheckout) ? inCheckout : INSTALLED;
}
