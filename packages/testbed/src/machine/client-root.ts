import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** The releases of Debian that `scripts/lib/client-roots.sh` makes root filesystems of. */
export type DebianSuite = 'bookworm' | 'trixie' | 'sid';

const ROOTS = join(import.meta.dirname, '../../../../.tools/roots');

/** @throws if the root filesystem is missing or unfinished, with the remedy. */
export async function findClientRoot(suite: DebianSuite): Promise<string> {
  const root = join(ROOTS, suite);
  await access(`${root}.packages`).catch((cause: unknown) => {
    throw new Error(
      `no clients of Debian's ${suite}: scripts/test makes ${root} by mmdebstrap, and says why it cannot`,
      { cause },
    );
  });
  return root;
}
