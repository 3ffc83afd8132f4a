import { spawnSync } from 'node:child_process';

const commands: string[][] = [];

/**
 * For what outlives this process by itself, such as containers: names the command that removes
 * it, by its id, to be run (newest first) when this process ends before its owner did. Call the
 * returned function when it has been removed in order.
 */
export function runAtExit(file: string, ...args: string[]): () => void {
  if (!isInstalled) install();
  const command = [file, ...args];
  commands.push(command);
  return () => {
    const index = commands.indexOf(command);
    if (index !== -1) commands.splice(index, 1);
  };
}

let isInstalled = false;

function install(): void {
  isInstalled = true;
  process.once('exit', runAll);
  // A signal that nobody handles ends a process without its exit event.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      runAll();
      process.kill(process.pid, signal);
    });
  }
}

function runAll(): void {
  for (const [file = '', ...args] of commands.splice(0).reverse()) spawnSync(file, args);
}
