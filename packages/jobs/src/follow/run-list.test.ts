import { expect, it } from 'vitest';
import { runList } from './run-list.ts';

const LIST = { list: '/lists/a', everyMs: 1, platforms: ['linux/amd64'] };

/** Runs a script of shell in place of `registry-cache warm`. */
async function run(script: string, signal = new AbortController().signal) {
  const told: string[] = [];
  const command = ['/bin/sh', '-c', script, 'warm'];
  const outcome = await runList(LIST, { command, signal, onTold: (text) => told.push(text) });
  return { ...outcome, told };
}

it('passes the list and its platforms on, and tells what the program says', async () => {
  const script = `echo "registry-cache: $*" >&2; echo '{"images":2,"failed":0}'`;
  expect(await run(script)).toEqual({
    error: undefined,
    totals: { images: 2, failed: 0 },
    told: ['--json --platform linux/amd64 /lists/a'],
  });
});

it('names the failure by its last words, and tells only some of many', async () => {
  const script = `for i in $(seq 50); do echo "line $i" >&2; done; echo '{"images":2,"failed":1}'; exit 1`;
  const { error, told } = await run(script);
  expect(error).toBe('1 image failed; line 50');
  expect([told.length, told.at(-1)]).toEqual([21, '30 more lines, which are not told']);
});

it('names a program that says nothing, and one that does not exist', async () => {
  expect((await run('exit 3')).error).toBe('ended with status 3');
  expect((await run('kill -9 $$')).error).toBe('ended by SIGKILL');
  const deps = {
    command: ['/none'],
    signal: new AbortController().signal,
    onTold: () => undefined,
  };
  expect((await runList(LIST, deps)).error).toContain('ENOENT');
});

it('ends the program when it is told to', async () => {
  const stop = new AbortController();
  const running = run('exec sleep 60', stop.signal);
  setTimeout(() => stop.abort(), 100);
  expect((await running).error).toBe('ended by SIGTERM');
});
