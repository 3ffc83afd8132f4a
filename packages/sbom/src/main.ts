/**
 * Prints the image's bill of materials, from inside of the image.
 * `node sbom.mjs npm-packages.json` (`images/Containerfile`)
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { argv, stdout, versions } from 'node:process';
import manifest from '../package.json' with { type: 'json' };
import { DPKG_FORMAT, describeDebian } from './debian.ts';
import { formatDocument } from './document.ts';
import { describeGoProgram, readBuildInfo } from './go.ts';
import { describeNode, describeNpm, type NpmPackage } from './node.ts';

const DISTRIBUTION = '/usr/local/bin/registry';
/** An image may have some, or none. */
const CREDENTIAL_HELPERS = '/usr/local/bin/docker-credential-*';

stdout.write(
  formatDocument(manifest.version, [
    ...describeDebian(readFileSync('/etc/os-release', 'utf8'), listDebian()),
    describeGoProgram(readBuildInfo(readFileSync(DISTRIBUTION)), askVersion()),
    ...globSync(CREDENTIAL_HELPERS)
      .sort()
      .map((path) => describeGoProgram(readBuildInfo(readFileSync(path)))),
    describeNode(versions),
    ...readNpm(argv[2]).map(describeNpm),
  ]),
);

function listDebian(): string {
  return execFileSync('dpkg-query', ['--show', `--showformat=${DPKG_FORMAT}`], {
    encoding: 'utf8',
  });
}

function askVersion(): string {
  return execFileSync(DISTRIBUTION, ['--version'], { encoding: 'utf8' });
}

function readNpm(file: string | undefined): readonly NpmPackage[] {
  if (file === undefined) throw new Error('usage: node sbom.mjs npm-packages.json');
  return JSON.parse(readFileSync(file, 'utf8')) as readonly NpmPackage[];
}
