import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder } from '../testing/run-program.ts';
import { readText } from './documents.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** A machine with these programs and without images, on which every pull succeeds. */
function createMachine(programs: Readonly<Record<string, string>> = {}): string {
  const bin = createFolder();
  const podman = 'case "$1" in image) exit 1 ;; *) exit 0 ;; esac';
  for (const [name, script] of Object.entries({ podman, skopeo: 'exit 0', ...programs })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return `${bin}:${process.env.PATH}`;
}

function choose(pins: string) {
  const file = join(createFolder(), 'bases.lock');
  writeFileSync(file, pins);
  const script = `set -euo pipefail; ROOT=${ROOT}
    say() { echo "$1" >&2; }; die() { echo "$1" >&2; exit 1; }
    NODE_MAJOR=24; . "$ROOT/scripts/lib/bases.sh"; choose_base "$DEBIAN_BASE" false`;
  const env = { PATH: createMachine(), BASE_PINS: file };
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
  return { chosen: stdout.trim(), stderr, status };
}

it('a pinned base is pulled by its digest', () => {
  const pins = `# debian:trixie-slim sha256:none\nnode:24 sha256:x\ndebian:trixie-slim ${DIGEST}\n`;
  expect(choose(pins)).toMatchObject({ chosen: `docker.io/library/debian@${DIGEST}`, status: 0 });
});

it('a base without a pin is pulled by its tag, with a warning', () => {
  const { chosen, stderr } = choose('# nothing\n');
  expect(chosen).toBe('docker.io/library/debian:trixie-slim');
  expect(stderr).toContain('debian:trixie-slim is taken by its tag');
});

it('a malformed pin ends the build', () => {
  const { chosen, stderr, status } = choose('debian:trixie-slim sha256:abc\n');
  expect({ chosen, status }).toEqual({ chosen: '', status: 1 });
  expect(stderr).toContain("debian:trixie-slim has 'sha256:abc'; accepted: one line, sha256:");
});

it('pin-bases writes the digests from the registry, all of them or none', () => {
  const root = createFolder();
  mkdirSync(join(root, 'images'));
  cpSync(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
  cpSync(join(ROOT, 'images/bases.lock'), join(root, 'images/bases.lock'));
  const lock = join(root, 'images/bases.lock');
  const before = readFileSync(lock, 'utf8');
  const pin = (skopeo: string) => {
    const env = { ...process.env, PATH: createMachine({ skopeo }) };
    return spawnSync(join(root, 'scripts/pin-bases'), { env, encoding: 'utf8' }).status;
  };
  expect(pin('case "$3" in *registry:*) exit 1 ;; *) printf index ;; esac')).toBe(1);
  expect(readFileSync(lock, 'utf8')).toBe(before);
  expect(pin('printf index')).toBe(0);
  const digest = `sha256:${createHash('sha256').update('index').digest('hex')}`;
  const lines = readFileSync(lock, 'utf8').split('\n');
  expect(lines).toContain(`debian:trixie-slim ${digest}`);
  expect(lines.filter((line) => line.endsWith(digest))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(3);
});

it('every line of images/bases.lock is a comment or a pin', () => {
  for (const line of readText('images/bases.lock').trim().split('\n')) {
    expect(line).toMatch(/^#|^[a-z]+:[\w.-]+ sha256:[0-9a-f]{64}$/);
  }
});
