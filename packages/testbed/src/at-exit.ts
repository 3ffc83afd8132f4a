import { spawnSync } from 'node:child_process';

const commands: string[][] = [];

/**
 * Registers a command that removes something which would outlive this process, such as a
 * container, by its id. Commands run, newest first, when this process ends early. Call the
 * returned function after a normal removal.
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
  // An unhandled signal ends a process without its exit event.
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
