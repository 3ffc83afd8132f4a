import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { InvalidInputError } from '@registry-cache/domain';
import type { Command } from 'commander';

/** Written by the build of the image. */
const SBOM = '/usr/share/registry-cache/sbom.cdx.json';

export function addSbom(program: Command): void {
  program
    .command('sbom')
    .description('Prints all software of the image, as CycloneDX JSON.')
    .action(async () => {
      await access(SBOM).catch(() => {
        const accepted = 'the file of the image (podman run --rm IMAGE registry-cache sbom)';
        throw new InvalidInputError([{ path: SBOM, found: 'no such file', accepted }]);
      });
      await pipeline(createReadStream(SBOM), process.stdout, { end: false });
    });
}
