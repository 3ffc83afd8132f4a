import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findSchemaFaults } from '@registry-cache/sbom/validate';
import { runCommand, runOnTerminal, runOrThrow } from '@registry-cache/testbed';
import { describe, expect, it } from 'vitest';
import { IMAGE } from './inside.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(`${ROOT}/packages/cli/package.json`, 'utf8')) as {
  version: string;
};

const RUN = ['run', '--rm', '--no-healthcheck', '--interactive'];
/** Runs a command in a new container, in place of the appliance. */
const run = (args: readonly string[], input?: string) =>
  runCommand('podman', [...RUN, IMAGE, ...args], input === undefined ? {} : { input });

/** Runs a program of the image itself. */
const ask = (program: string, ...args: string[]) =>
  runOrThrow('podman', [...RUN, `--entrypoint=${program}`, IMAGE, ...args]);

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly components?: readonly Component[];
}

describe('the bill of materials', () => {
  it('is a document of CycloneDX, and names the real versions of the programs', async () => {
    const { exitCode, stdout } = await run(['registry-cache', 'sbom']);
    expect(exitCode).toBe(0);
    const document = JSON.parse(stdout) as { components: readonly Component[] };
    expect(findSchemaFaults(document)).toEqual([]);
    expect(document).toMatchObject({ metadata: { component: { version } } });
    const versionOf = (name: string, kind: string) =>
      document.components.find(
        (found) => found.name === name && found.purl?.startsWith(`pkg:${kind}/`),
      )?.version;
    const haproxy = await ask('haproxy', '-v');
    const [upstream] = versionOf('haproxy', 'deb')?.split('-') ?? [];
    expect(haproxy).toContain(`HAProxy version ${upstream}-`);
    const nginx = await ask('sh', '-c', 'nginx -v 2>&1');
    expect(nginx).toBe(`nginx version: nginx/${versionOf('nginx', 'deb')?.split('-')[0]}`);
    expect(await ask('node', '--version')).toBe(`v${versionOf('node', 'generic')}`);
    expect(await ask('registry', '--version')).toBe(
      `registry github.com/distribution/distribution/v3 ${versionOf('github.com/distribution/distribution/v3', 'golang')}`,
    );
    // A worker that is bundled with it tells no version of its own.
    const path = `${ROOT}/packages/egress/node_modules/undici/package.json`;
    const undici = JSON.parse(readFileSync(path, 'utf8')) as Component;
    expect(versionOf('undici', 'npm')).toBe(undici.version);
  });

  it('lists every package of Debian, and every module of distribution', async () => {
    const { stdout } = await run(['registry-cache', 'sbom']);
    const { components } = JSON.parse(stdout) as { components: readonly Component[] };
    const listed = components.filter(({ purl }) => purl?.startsWith('pkg:deb/'));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in.
    const installed = await ask('dpkg-query', '--show', '--showformat=${Package} ${Version}\n');
    expect(listed.map(({ name, version: of }) => `${name} ${of}`).sort()).toEqual(
      installed.split('\n').sort(),
    );
    const registry = components.find(({ purl }) => purl?.startsWith('pkg:golang/'));
    const names = registry?.components?.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['stdlib', 'github.com/gorilla/mux']));
    expect(names.length).toBeGreaterThan(50);
  });
});

describe('the labels of the image', () => {
  it('tell what it is, which version, from which commit, and when', async () => {
    const format = ['image', 'inspect', '--format', '{{json .Labels}}', IMAGE];
    const labels = JSON.parse(await runOrThrow('podman', format)) as Record<string, string>;
    const label = (name: string) => labels[`org.opencontainers.image.${name}`];
    expect(label('title')).toBe('registry-cache');
    expect(label('description')).toMatch(/registries of a pull secret/);
    expect(label('licenses')).toBe('Apache-2.0');
    expect(label('version')).toBe(version);
    expect(label('revision')).toMatch(/^[0-9a-f]{40}(-modified)?$/);
    expect(label('created')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(label('base.name')).toMatch(/\/debian:trixie-slim$/);
    expect(label('base.digest') ?? 'sha256:').toMatch(/^sha256:/);
    expect(label('source') ?? 'https://').toMatch(/^https:\/\/[^@]*$/);
    const path = label('documentation')?.replace('file://', '') ?? '';
    expect(await ask('cat', path)).toContain('# registry-cache');
    expect(await ask('ls', `${path.replace('README.md', '')}docs/operating.md`)).not.toBe('');
  });
});

describe('a command in place of the appliance', () => {
  it('tells the version', async () => {
    expect(await run(['registry-cache', '--version'])).toMatchObject({
      exitCode: 0,
      stdout: version,
    });
  });

  it('makes the line of an htpasswd file from its input', async () => {
    const { exitCode, stdout } = await run(['registry-cache', 'htpasswd', 'ann'], 'pass-ann\n');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^ann:\$2b\$10\$\S{53}$/),
    });
  });

  it('hides a password that is typed on a terminal', async () => {
    const args = [...RUN, '--tty', IMAGE, 'registry-cache', 'htpasswd', 'ann'];
    const type = (...words: [string, string]) =>
      runOnTerminal('podman', args, [
        { prompt: /password of ann: $/, text: words[0] },
        { prompt: /once more: $/, text: words[1] },
      ]);
    const same = await type('S3cret-typed', 'S3cret-typed');
    expect(same.exitCode).toBe(0);
    expect(same.screen).toMatch(/^ann:\$2b\$10\$\S{53}\r$/m);
    expect(same.screen).not.toContain('S3cret');
    const different = await type('S3cret-typed', 'S3cret-tiped');
    expect(different.exitCode).toBe(1);
    expect(different.screen).toContain('found two different ones; accepted: the same one twice');
  });
});
