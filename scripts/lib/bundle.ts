/**
 * Bundles every worker into a file `dist/<name>.mjs` that needs no node_modules, and into parts
 * that it loads on demand. Workers use top-level await, so the bundles are ES modules.
 * `node scripts/lib/bundle.ts [name…]`
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

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
 * 6 MB that no worker uses. `require` reads the used exports only.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

await main(process.argv.slice(2));

async function main(wanted: readonly string[]): Promise<void> {
  const workers = await findWorkers();
  const unknown = wanted.filter((name) => !workers.includes(name));
  if (unknown.length > 0) {
    throw new Error(`unknown worker: ${unknown.join(', ')}; accepted: ${workers.join(', ')}`);
  }
  if (wanted.length === 0) await rm(DIST, { recursive: true, force: true });
  await Promise.all((wanted.length > 0 ? wanted : workers).map(bundleWorker));
}

/** A package with a `src/main.ts` is a program. The others are libraries. */
async function findWorkers(): Promise<string[]> {
  const packages = await readdir(join(ROOT, 'packages'));
  return packages.filter((name) => existsSync(mainFile(name))).sort();
}

async function bundleWorker(name: string): Promise<void> {
  await build({
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
    plugins: [onlyEnglish, requiredBuiltins],
  });
}

function mainFile(name: string): string {
  return join(ROOT, 'packages', name, 'src', 'main.ts');
}
