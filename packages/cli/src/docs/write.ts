// `pnpm run docs`: updates the generated parts of the documents.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDocs, ROOT } from './generate.ts';

for (const [path, text] of generateDocs()) writeFileSync(join(ROOT, path), text);
