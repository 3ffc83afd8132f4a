// `pnpm run docs`: brings what the documents take from the code up to date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDocs, ROOT } from './generate.ts';

for (const [path, text] of generateDocs()) writeFileSync(join(ROOT, path), text);
