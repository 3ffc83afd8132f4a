import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@registry-cache/runtime';
import { isAnswering } from './cache/ask.ts';
import { NodeFiles } from './files/node-files.ts';
import { NodeSetup, type NodeSetupOptions, type RuntimeDeps } from './node-setup.ts';

/**
 * A cache that stops answering is noticed after two periods and two timeouts at most: seven seconds.
 * The node has to be put back within ten.
 */
const PERIOD_MS = 2_000;
const TIMEOUT_MS = 1_500;
const FAILURES = 2;

export interface NodeOptions extends NodeSetupOptions {
  /** A file with the certificates to trust, in PEM. Its changes count. */
  readonly caPath: string;
  /** The folder where the node's root filesystem is. */
  readonly root: string;
  /** A file that exists while the node is set up. */
  readonly readyPath?: string | undefined;
  /** How often the cache is asked; default two seconds. */
  readonly periodMs?: number;
}

export interface NodeDeps extends RuntimeDeps {
  readonly log: Logger;
  /** Aborted: the node is put back, and the work ends. */
  readonly signal: AbortSignal;
}

/** Keeps a node set up while the cache answers, until the signal; then puts it back. */
export async function runNode(options: NodeOptions, deps: NodeDeps): Promise<void> {
  const { log, signal } = deps;
  const { periodMs = PERIOD_MS } = options;
  const files = await NodeFiles.open(options.root);
  const setup = new NodeSetup(options, files, deps);
  let failures = 0;
  let told = '';
  while (!signal.aborted) {
    try {
      const cache = { address: options.address, ca: await readFile(options.caPath, 'utf8') };
      if (await isAnswering(cache, TIMEOUT_MS)) {
        failures = 0;
        report(log, await setup.putIn(cache), 'node is set up');
        await setReady(options.readyPath, true);
        told = '';
      } else if (++failures >= FAILURES) {
        await setReady(options.readyPath, false);
        report(log, await setup.takeOut(), 'cache does not answer, node is put back');
      }
    } catch (error) {
      // The same state is told once.
      const text = (error as Error).message;
      if (text !== told) log.error({ err: error }, 'node cannot be set up');
      told = text;
    }
    await sleep(periodMs, undefined, { signal }).catch(() => undefined);
  }
  await setReady(options.readyPath, false);
  report(log, await setup.takeAllOut(), 'node is put back');
}

function report(log: Logger, paths: readonly string[], message: string): void {
  if (paths.length > 0) log.info({ paths }, message);
}

async function setReady(path: string | undefined, isReady: boolean): Promise<void> {
  if (path === undefined) return;
  await (isReady ? writeFile(path, '') : rm(path, { force: true }));
}
