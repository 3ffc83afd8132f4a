/**
 * Bundles every worker into a file `dist/<name>.mjs` that needs no node_modules, and into parts
 * that it loads on demand. Workers use top-level await, so the bundles are ES modules. The page of
 * the admin worker goes into `dist/page`.
 * `node scripts/lib/bundle.ts [name…]`
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buildPage } from '@registry-cache/page';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const PAGE = 'page';

/** In `node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core.js` all before `/v4`. */
const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/** zod has its messages in fifty languages, and workers use English only. */
const onlyEnglish: Plugin = {
  name: 'only-english',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

/**
 * `import` of `node:http` reads every export, and so loads Node.js's own WebSocket and fetch:
 * 6 MB that no worker uses. `require` reads the used exports only. Modules that a worker does not
 * use are not loaded at all: `node:http` alone takes half a MB.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

await main(process.argv.slice(2));

async function main(wanted: readonly string[]): Promise<void> {
  const workers = [...(await findWorkers()), PAGE];
  const unknown = wanted.filter((name) => !workers.includes(name));
  if (unknown.length > 0) {
    throw new Error(`unknown worker: ${unknown.join(', ')}; accepted: ${workers.join(', ')}`);
  }
  if (wanted.length === 0) await rm(DIST, { recursive: true, force: true });
  const built = await Promise.all((wanted.length > 0 ? wanted : workers).map(bundle));
  // For the bill of materials, which names the packages of all workers.
  if (wanted.length === 0) await writePackages(built);
}

/** A package with a `src/main.ts` is a program. The others are libraries. */
async function findWorkers(): Promise<string[]> {
  const packages = await readdir(join(ROOT, 'packages'));
  return packages.filter((name) => existsSync(mainFile(name))).sort();
}

async function bundle(name: string): Promise<Metafile> {
  return name === PAGE ? buildPage(join(DIST, PAGE)) : bundleWorker(name);
}

async function bundleWorker(name: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: { [name]: mainFile(name) },
    outdir: DIST,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Modules that a program imports later stay on disk until then.
    splitting: true,
    chunkNames: `${name}-[name]-[hash]`,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Identifiers stay as they are, so that a stack trace can be read without a source map.
    minifySyntax: true,
    minifyWhitespace: true,
    // Node.js prints the line that threw, and a program in one line would fill the log.
    lineLimit: 160,
    // For `node --enable-source-maps` in a checkout. The image has no source maps.
    sourcemap: 'external',
    legalComments: 'external',
    // CommonJS modules (pino, undici, handlebars) load Node.js's own modules by `require`.
    banner: {
      js: "import{createRequire as createRequireForBundle}from'node:module';const require=createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
    metafile: true,
    plugins: [onlyEnglish, requiredBuiltins],
  });
  return metafile;
}

/** Lists the npm packages of the bundles in `dist/npm-packages.json`, each once. */
async function writePackages(built: readonly Metafile[]): Promise<void> {
  const inputs = built.flatMap(({ outputs }) => Object.values(outputs).flatMap(listUsed));
  const folders = new Set(inputs.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[0] ?? []));
  const packages = await Promise.all([...folders].sort().map(readPackage));
  const unique = new Map(packages.map((found) => [`${found.name}@${found.version}`, found]));
  await writeFile(join(DIST, 'npm-packages.json'), `${JSON.stringify([...unique.values()])}\n`);
}

/** Paths of the files that are in an output, without those of which nothing is used. */
function listUsed({ inputs }: Metafile['outputs'][string]): string[] {
  return Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0);
}

async function readPackage(
  folder: string,
): Promise<Record<'name' | 'version' | 'license', string>> {
  const text = await readFile(resolve(folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(text) as Record<string, unknown>;
  for (const value of [name, version, license]) {
    if (typeof value !== 'string')
      throw new Error(`${folder}/package.json lacks name, version or license`);
  }
  return { name, version, license } as Record<'name' | 'version' | 'license', string>;
}

function mainFile(name: string): string {
  return join(ROOT, 'packages', name, 'src', 'main.ts');
}
