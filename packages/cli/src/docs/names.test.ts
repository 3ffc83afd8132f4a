import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALIASES, SETTINGS } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../program.ts';
import { listCode, readDocuments, readText } from './documents.ts';
import { ROOT } from './generate.ts';

/** Variables of the scripts and of clients, which begin like settings. */
const OTHERS = new Set([
  ...['REGISTRY_CACHE_HOME', 'REGISTRY_CACHE_IMAGE', 'HTTP_PROXY'],
  ...['REGISTRY_CACHE_LOGIN', 'REGISTRY_CACHE_LOGIN_FILE'],
]);
const NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g;
/** `CLEANER_`, `POLICY`: a name with such a beginning is taken for a setting. */
const BEGINNINGS = Object.keys(SETTINGS).map((name) => /^[A-Z]+_|^.{6}/.exec(name)?.[0] ?? name);

/** The text of all programs. It must contain each metric. */
const sources = readdirSync(join(ROOT, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /^\w+\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
  .map((path) => readText(join('packages', path)))
  .join('\n');

/** As a whole, or as a beginning with a word: `…_running` is `…_${state}`. */
const isInSources = (metric: string) =>
  sources.includes(metric) || sources.includes(metric.replace(/[a-z]+$/, '${'));

describe.each(readDocuments())('$path', (document) => {
  const code = listCode(document);

  it('names only existing settings', () => {
    const named = code
      .flatMap((text) => text.match(NAME) ?? [])
      .filter((name) => BEGINNINGS.some((beginning) => name.startsWith(beginning)));
    expect(
      named.filter((name) => !(name in SETTINGS) && !(name in ALIASES) && !OTHERS.has(name)),
    ).toEqual([]);
  });

  it('names only existing scripts, with options that they know', () => {
    for (const text of code) {
      for (const [, path = '', option] of text.matchAll(
        /\.\/(scripts\/[\w/-]+)(?: (--[\w-]+))?/g,
      )) {
        accessSync(join(ROOT, path), constants.X_OK);
        if (option !== undefined) expect(readText(path)).toContain(option);
      }
    }
  });

  it('names only existing files', () => {
    const folders = [ROOT, join(ROOT, dirname(document.path))];
    const named = code.filter((text) => PATH.test(text));
    const isThere = (path: string) => folders.some((folder) => existsSync(join(folder, path)));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  // The changelog also names removed metrics.
  if (document.path !== 'CHANGELOG.md') {
    it('names only existing metrics', () => {
      const named = code.flatMap((text) => [...text.matchAll(METRIC)].map(([, name = '']) => name));
      expect(named.filter((name) => !isInSources(name))).toEqual([]);
    });
  }

  it('names only existing pnpm scripts', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: object };
    const known = [...Object.keys(scripts), 'install', 'exec'];
    const named = code.flatMap((text) => [...text.matchAll(PNPM)].map(([, script]) => script));
    expect(named.filter((script) => !known.includes(script ?? ''))).toEqual([]);
  });

  it('names only existing commands and options of registry-cache', () => {
    const commands = new Map(buildProgram().commands.map((one) => [one.name(), one]));
    for (const text of code.map((one) => one.replaceAll('\\\n', ' '))) {
      for (const [line, name = ''] of text.matchAll(COMMAND)) {
        const command = commands.get(name);
        expect(command, line).toBeDefined();
        const options = (command?.options ?? []).flatMap(({ short, long }) => [short, long]);
        for (const option of line.match(/(?<= )--?[a-z][\w-]*/g) ?? []) {
          if (option !== '--silent') expect(options, line).toContain(option);
        }
      }
    }
  });
});

/** A file or folder of the checkout; in the README of a package also one of its own. */
const PATH = /^(?:packages|templates|supervisor|scripts|images|tests|src)\/[\w./-]+$/;
/** A metric of ours without the beginning that its program puts in front. */
const METRIC = /\bregistry_cache_(?:egress_|logger_)?(\w+)/g;
/** `pnpm dev`, `pnpm run docs`, `pnpm --silent cli …`. */
const PNPM = /\bpnpm (?:--silent )?(?:run )?([a-z][\w-]*)/g;
/** The command itself, up to a pipe, a comment or the end of the line. */
const COMMAND =
  /(?<=\bexec (?:--?\w+ )*\w[\w-]* registry-cache|:latest registry-cache|^registry-cache|pnpm --silent cli) ([a-z]+)[^|#\n]*/gm;

it('the README has the real defaults', () => {
  const rows = [...readText('README.md').matchAll(/^\| `([A-Z_]+)` \| *`?([^`|]*?)`? *\|/gm)];
  expect(rows.length).toBeGreaterThan(6);
  const told = rows.map(([, name, value]) => [name, value?.trim()]);
  const real = rows.map(([, name = '']) => [name, SETTINGS[name as keyof typeof SETTINGS].default]);
  expect(told).toEqual(real);
});
