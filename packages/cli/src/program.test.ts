import { globSync } from 'node:fs';
import { SETTINGS } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { readText } from './docs/documents.ts';
import { ROOT } from './docs/generate.ts';
import { buildProgram } from './program.ts';
import { runProgram } from './testing/run-program.ts';

describe('registry-cache', () => {
  it('lists its commands in its help', async () => {
    const { exitCode, stdout } = await runProgram(['--help']);
    expect(exitCode).toBe(0);
    for (const command of buildProgram().commands) expect(stdout).toContain(command.name());
  });

  it('tells the version of every package', async () => {
    const { exitCode, stdout } = await runProgram(['--version']);
    expect(exitCode).toBe(0);
    for (const path of globSync('packages/*/package.json', { cwd: ROOT })) {
      expect(JSON.parse(readText(path))).toMatchObject({ version: stdout.trim() });
    }
  });

  it('prints the bill of materials of the image alone', async () => {
    const { exitCode, stderr } = await runProgram(['sbom']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^registry-cache: \/usr\/share\/\S+: found no such file; accepted: /);
  });

  it('exits with 1 and a reason for an unknown command', async () => {
    const { exitCode, stderr } = await runProgram(['purge']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("unknown command 'purge'");
  });

  it('lists every setting with its default and help', async () => {
    const { stdout } = await runProgram(['settings']);
    for (const [name, { help }] of Object.entries(SETTINGS)) {
      expect(stdout).toContain(`${name} (`);
      expect(stdout).toContain(help);
    }
  });

  it('prints the schema of the policy file, which allows the known keys only', async () => {
    const { stdout } = await runProgram(['schema']);
    expect(JSON.parse(stdout)).toMatchObject({
      additionalProperties: false,
      properties: {
        upstreams: {
          additionalProperties: {
            additionalProperties: false,
            properties: { url: { type: 'string' }, ca: {}, aliases: { type: 'array' } },
          },
        },
      },
    });
  });

  it('refuses a bad setting with the same line as a start', async () => {
    const { exitCode, stderr } = await runProgram(['check'], { CLEANER_MAXSIZE: '10Q' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^registry-cache: CLEANER_MAXSIZE: found "10Q"; accepted: a positive/);
  });
});
