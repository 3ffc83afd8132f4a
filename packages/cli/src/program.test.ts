import { globSync } from 'node:fs';
import { VERBS } from '@registry-cache/admin';
import { SETTINGS } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { readText } from './docs/documents.ts';
import { ROOT } from './docs/generate.ts';
import { buildProgram, CLIENTS } from './program.ts';
import { runProgram } from './testing/run-program.ts';

/** Verbs that no command of the same name asks, with the reason. */
const VERBS_ALONE = {
  request: 'explain --request asks it',
  trend: 'it draws the plots of the page; saved tells the sums',
};

/** Commands without a verb, with the reason why they work where they are started. */
const COMMANDS_ALONE = {
  render: 'it shows what the files of this machine become',
  client:
    'it prints the certificate, which its reader must trust; the cache serves the same at /setup',
  node: 'it sets up the machine on which it runs',
  htpasswd: 'passwords are hashed where they are typed',
  backup: 'the tar has keys and hosted images, which no login of the API may take away',
  restore: 'it fills an empty store before the start',
  verify: 'it reads the whole store, or files of this machine',
  logs: 'it follows files as tail does; LOG_FORWARD sends the lines elsewhere',
  alerts: 'it prints a file of the release',
  dashboard: 'it prints a file of the release',
  settings: 'it prints what this release knows',
  schema: 'it prints what this release knows',
  sbom: 'it prints a file of the image',
};

describe('registry-cache', () => {
  it('has a command for each verb of the admin API, and a verb for each command', () => {
    const openapi = JSON.parse(readText('docs/openapi.json')) as { paths: object };
    const verbs = Object.keys(openapi.paths).map((path) => path.split('/').at(-1) ?? '');
    expect(verbs.toSorted()).toEqual(Object.keys(VERBS).toSorted());
    const asked = verbs.filter((verb) => !Object.hasOwn(VERBS_ALONE, verb));
    expect(CLIENTS.toSorted()).toEqual(asked.toSorted());
    const commands = buildProgram().commands.map((command) => command.name());
    expect(commands.toSorted()).toEqual([...asked, ...Object.keys(COMMANDS_ALONE)].toSorted());
    for (const verb of Object.keys(VERBS_ALONE)) expect(verbs).toContain(verb);
  });

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
