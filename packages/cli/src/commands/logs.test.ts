import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditFile } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { createRecord, createRunDirectory } from '../testing/access-log.ts';
import { createFolder, runProgram, startProgram } from '../testing/run-program.ts';

describe('registry-cache logs', () => {
  it('shows the older file, then the newer one', async () => {
    const { accessLog, environment, log } = createRunDirectory();
    log('first', 'second');
    renameSync(accessLog, `${accessLog}.1`);
    log('third');
    const { exitCode, stdout } = await runProgram(['logs'], environment);
    expect(exitCode).toBe(0);
    expect(listRepositories(stdout)).toEqual(['first', 'second', 'third']);
  });

  it('shows only the newest lines, over both files', async () => {
    const { accessLog, environment, log } = createRunDirectory();
    log('first', 'second');
    renameSync(accessLog, `${accessLog}.1`);
    log('third');
    const { stdout } = await runProgram(['logs', '-n', '2'], environment);
    expect(listRepositories(stdout)).toEqual(['second', 'third']);
    expect((await runProgram(['logs', '--lines', '0'], environment)).stdout).toBe('');
    expect((await runProgram(['logs', '--lines', 'all'], environment)).exitCode).toBe(1);
  });

  it('shows the raw lines with --json, without an unfinished one', async () => {
    const { accessLog, environment } = createRunDirectory();
    writeFileSync(accessLog, '{"user": "änn"}\n{"user": ');
    const { stdout } = await runProgram(['logs', '--json'], environment);
    expect(stdout).toBe('{"user": "änn"}\n');
  });

  it('shows the request with an id alone', async () => {
    const { accessLog, environment } = createRunDirectory();
    const records = [
      createRecord({ repository: 'first', id: 'a-1' }),
      createRecord({ repository: 'second', id: 'a-2' }),
      createRecord({ repository: 'third', id: 'a-3', agent: 'a-2' }),
    ];
    writeFileSync(accessLog, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { stdout } = await runProgram(['logs', '--id', 'a-2'], environment);
    expect(listRepositories(stdout)).toEqual(['second']);
    const { exitCode, stderr } = await runProgram(['logs', '--id', 'a b'], environment);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('X-Request-Id')]);
  });

  it('shows the audit log of the store, as a line for people and as it is', async () => {
    const folder = createFolder();
    const file = auditFile(folder);
    mkdirSync(dirname(file));
    const line = JSON.stringify({ time: 'T', event: 'push', user: 'ann', from: '192.0.2.1' });
    writeFileSync(`${file}.1`, `${line}\n`);
    writeFileSync(file, `${line.replace('ann', 'b\\u001bb')}\nnot a record\n`);
    const environment = { REGISTRYDIR: folder, RUNDIR: `${folder}/none` };
    const { stdout } = await runProgram(['logs', '--audit', '--json'], environment);
    expect(stdout.split('\n')).toEqual([
      line,
      line.replace('ann', 'b\\u001bb'),
      'not a record',
      '',
    ]);
    const shown = await runProgram(['logs', '--audit'], environment);
    expect(shown.stdout).toMatch(/^T push .* ann@192\.0\.2\.1/);
    expect(shown.stdout).toMatch(/^[\n -~]+$/);
  });

  it('sends no control characters of a client to the terminal', async () => {
    const { accessLog, environment } = createRunDirectory();
    const agent = '\u001b]0;owned\u0007\u009b2J\u202e\u007f';
    const record = createRecord({ agent, path: '/\u2028x', repository: '' });
    // The edge escapes characters below a space. A line that is not a record is shown unchanged.
    writeFileSync(accessLog, `${JSON.stringify(record)}\n{"agent": "\u001b[31m\n`);
    const shown = await runProgram(['logs'], environment);
    expect(shown.stdout).toMatch(/^[\n -~]+$/);
    expect(shown.stdout).toContain('\\u001b]0;owned');
    const asWritten = await runProgram(['logs', '--json'], environment);
    expect(asWritten.stdout).toMatch(/^[\n -~]+$/);
    expect(JSON.parse(asWritten.stdout.split('\n')[0] ?? '')).toEqual(record);
  });

  it('follows the log over rotations without a gap', async () => {
    const { accessLog, environment, log } = createRunDirectory();
    const child = startProgram(['logs', '--follow'], environment);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    const shown = async (...repositories: string[]) => {
      for (let tries = 0; tries < 600; tries += 1) {
        if (listRepositories(stdout).length >= repositories.length) break;
        await sleep(50);
      }
      expect(listRepositories(stdout)).toEqual(repositories);
    };
    // At first the log does not exist.
    await sleep(300);
    log('first');
    await shown('first');
    log('second');
    renameSync(accessLog, `${accessLog}.1`);
    // Longer than the old file, so that the size alone does not show the rotation.
    log('third', 'fourth', 'fifth');
    await shown('first', 'second', 'third', 'fourth', 'fifth');
  });

  it('reports that nothing has been logged yet', async () => {
    const { environment } = createRunDirectory();
    const { exitCode, stdout, stderr } = await runProgram(['logs'], environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('nothing has been logged yet in ');
  });

  it('fails with a hint if no appliance runs', async () => {
    const folder = createFolder();
    const { exitCode, stderr } = await runProgram(['logs'], { RUNDIR: `${folder}/none` });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no appliance runs here');
    expect(stderr).toContain('podman exec CONTAINER registry-cache logs');
  });

  it('ends quietly when its output is closed', async () => {
    const { environment, log } = createRunDirectory();
    log(...Array.from({ length: 3000 }, (_, index) => `n${index}`));
    const child = startProgram(['logs'], environment);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    const exitCode = await new Promise((resolve) => child.on('exit', resolve));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

function listRepositories(stdout: string): string[] {
  return [...stdout.matchAll(/ quay\.io\/(\S+) /g)].map(([, name = '']) => name);
}
