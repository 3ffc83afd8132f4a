import { expect, it } from 'vitest';
import { Commands } from './commands.ts';

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
