import { ChildProcess, spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { Commands, type Spawn } from './commands.ts';
import { TextEnd } from './gather.ts';
import { SaidLines } from './said-lines.ts';

const node = (code: string) => new Commands([process.execPath, '-e', code, '--']);

it('gives a command its arguments and its input, and tells how it ended', async () => {
  const commands = node(`
    process.stdin.on('data', (chunk) => console.log(process.argv.slice(1).join('|'), String(chunk)));
    process.stdin.on('end', () => {
      console.error('registry-cache: first');
      console.error('{"work":"export"}');
      console.error('second');
      process.exitCode = 3;
    })`);
  const { pid, ended } = commands.start(['a b', '$(id)', '; ls'], 'input');
  expect(pid).toBeGreaterThan(0);
  expect(await ended).toEqual({
    ...{ status: 3, output: 'a b|$(id)|; ls input\n', messages: 'first; second' },
    lastLine: 'second',
  });
});

it('keeps the end of what a command says', async () => {
  const commands = node(`
    for (let line = 0; line < 2000; line += 1) console.error('line ' + line);
    console.log('x'.repeat(40 * 1024 * 1024) + 'end');`);
  const { output, messages } = await commands.start([]).ended;
  expect([output.length, output.slice(-4)]).toEqual([16 * 1024 * 1024, 'end\n']);
  expect(messages).toMatch(/line 1999$/);
  expect(messages.length).toBeLessThan(8 * 1024);
});

it('tells why a command could not be started, and is not harmed by one that reads nothing', async () => {
  const missing = await new Commands(['/nowhere/registry-cache']).start(['prune'], 'x').ended;
  expect(missing).toMatchObject({ status: undefined, messages: expect.stringMatching(/ENOENT/) });
  const input = 'x'.repeat(1024 * 1024);
  expect(await node('process.exit(1)').start([], input).ended).toMatchObject({ status: 1 });
});

it('runs a few at a time', async () => {
  const commands = node('process.stdin.resume()');
  const running = Array.from({ length: 4 }, () => commands.start([]));
  expect(() => commands.start([])).toThrow('orders run already');
  await Promise.all(running.map(({ ended }) => ended));
  await commands.start([]).ended;
});

it('holds no more in memory than the end of what a command writes', () => {
  const output = new TextEnd(1000);
  for (let piece = 0; piece < 100; piece += 1) output.add(Buffer.alloc(300, String(piece % 10)));
  expect(output.heldBytes).toBeLessThanOrEqual(1300);
  expect(output.text).toBe(
    `${'6'.repeat(100)}${'7'.repeat(300)}${'8'.repeat(300)}${'9'.repeat(300)}`,
  );
});

it('keeps messages behind any number of lines of progress, and these not', () => {
  const said = new SaidLines();
  said.add(Buffer.from('registry-cache: a layer is missing\nin two pie'));
  said.add(Buffer.from('ces\n\n'));
  for (let line = 0; line < 10_000; line += 1) said.add(Buffer.from('{"work":"export"}\n'));
  expect(said.heldBytes).toBeLessThan(8 * 1024);
  expect(said.end()).toEqual({
    ...{ messages: 'a layer is missing; in two pieces', lastLine: '{"work":"export"}' },
  });
});

/** As Node.js does it without files: no pipes, and an event later. */
const spawnWithoutFiles: Spawn = () => {
  const child = new ChildProcess();
  setImmediate(() => child.emit('error', Object.assign(new Error('spawn'), { code: 'EMFILE' })));
  return child;
};

it.each<[string, Spawn]>([
  ['files', spawnWithoutFiles],
  [
    'memory',
    () => {
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
    },
  ],
])('says that it cannot start a command without %s, and takes others', async (_, refuse) => {
  let refusals = 6;
  const start: Spawn = (...args) => {
    refusals -= 1;
    return refusals < 0 ? (spawn as Spawn)(...args) : refuse(...args);
  };
  const commands = new Commands([process.execPath, '-e', 'process.exit(3)', '--'], start);
  for (let refused = 0; refused < 6; refused += 1) {
    expect(() => commands.start([])).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', status: 503 }),
    );
  }
  // The event must not end this process.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await commands.start([]).ended).toMatchObject({ status: 3 });
});
