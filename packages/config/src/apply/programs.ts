import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunPaths, socketPath } from '@registry-cache/domain';
import { execa } from 'execa';

const LIMIT_CHARACTERS = 65_536;

/** Sends a command to supervisord. */
export async function superviseCtl(run: RunPaths, ...args: readonly string[]): Promise<void> {
  const configuration = join(run.etc, 'supervisor', 'supervisord.conf');
  await execa('supervisorctl', ['-c', configuration, ...args], { timeout: 30_000, all: true });
}

/**
 * Reloads HAProxy by its master and waits until the new worker serves.
 *
 * @throws with HAProxy's own words when the new worker did not come up; the old one goes on.
 */
export async function reloadHaproxy(run: RunPaths): Promise<void> {
  const answer = await ask(socketPath(run, 'haproxy-master'), 'reload\n', 20_000);
  if (!answer.startsWith('Success=1')) {
    throw new Error(`haproxy did not reload: ${answer.trim().replaceAll('\n', ' | ')}`);
  }
}

/**
 * Waits until a program accepts connections on a unix socket.
 *
 * @throws after `timeoutMs`.
 */
export async function untilSocketAccepts(path: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await ask(path, '', 1_000);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`nothing accepts on ${path} after ${timeoutMs} ms`, { cause: error });
      }
      await sleep(50);
    }
  }
}

/** Sends a line and collects the answer up to its end; with nothing to send, only connects. */
function ask(path: string, line: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => fail(new Error(`${path} did not answer`)));
    socket.on('error', fail);
    socket.on('connect', () => {
      if (line !== '') socket.write(line);
      else {
        socket.destroy();
        resolve('');
      }
    });
    socket.on('data', (chunk) => {
      // The listener is another program, so its answer is limited.
      if (answer.length < LIMIT_CHARACTERS) answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
  });
}
