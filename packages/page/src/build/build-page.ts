import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

const SOURCE = join(import.meta.dirname, '..');
const INDEX = 'index.html';

/**
 * Builds the page: its HTML, and a script, a style sheet and an icon with the hash of their content
 * in their names. Beside each there is a copy that gzip has compressed.
 *
 * @returns what esbuild says about the parts, for the bill of materials.
 */
export async function buildPage(folder: string): Promise<Metafile> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: {
      page: join(SOURCE, 'page.tsx'),
      style: join(SOURCE, 'style/style.css'),
      icon: join(SOURCE, 'style/icon.svg'),
    },
    outdir: folder,
    entryNames: '[name]-[hash]',
    bundle: true,
    platform: 'browser',
    target: ['chrome123', 'firefox128', 'safari17.5'],
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const files = Object.keys(metafile.outputs).map((path) => basename(path));
  const html = await readFile(join(SOURCE, INDEX), 'utf8');
  await writeFile(join(folder, INDEX), nameFiles(html, files));
  await Promise.all([...files, INDEX].map((name) => writeCompressed(join(folder, name))));
  return metafile;
}

/** Puts the names with hashes in the place of `page.js`, `style.css` and `icon.svg`. */
function nameFiles(html: string, files: readonly string[]): string {
  return html.replace(/(["'])(\w+)\.(js|css|svg)\1/g, (_, quote, name, type) => {
    const file = files.find((one) => one.startsWith(`${name}-`) && one.endsWith(`.${type}`));
    if (file === undefined) throw new Error(`${INDEX} names ${name}.${type}, which is not built`);
    return `${quote}/${file}${quote}`;
  });
}

async function writeCompressed(path: string): Promise<void> {
  const options = { level: constants.Z_BEST_COMPRESSION };
  await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), options));
}
