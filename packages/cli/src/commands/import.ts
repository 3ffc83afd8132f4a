import { InvalidInputError } from '@registry-cache/domain';
import { type Command, Option } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { type BundlesOptions, importBundles } from '../import/bundle/import-bundles.ts';
import { importElsewhere } from '../import/bundle/import-elsewhere.ts';
import { type DistributionOptions, importDistribution } from '../import/import-distribution.ts';

type ImportOptions = Partial<DistributionOptions> & BundlesOptions;

export function addImport(program: Command): void {
  program
    .command('import')
    .description('Takes images over from bundles, or from the store of another cache.')
    .argument(
      '[BUNDLE...]',
      'folders or tars of images: of export, skopeo, docker save, ctr export; - for standard input',
    )
    .option('--as <name>', 'of bundles: the name of images without a registry in theirs')
    .option(
      '--from-distribution <dir>',
      'a store of distribution: a folder with docker/registry/v2 in it',
    )
    .option('--upstream <registry>', 'of a store: the registry of its images, such as quay.io')
    .option('--repository <pattern...>', 'of a store: only these, such as coreos/* (default: all)')
    .option('--what-fits', 'of a store too large for this one: the images that were used last')
    .option('--dry-run', 'only say what would be imported')
    .option('--json', 'the summary as one JSON object, for each bundle')
    // For the admin API, which may not read the pull secret.
    .addOption(new Option('--names <file>').hideHelp())
    // Also for it: standard input is whole only if it says so.
    .addOption(new Option('--confirmed').hideHelp())
    .action(importImages);
}

function importImages(bundles: readonly string[], options: ImportOptions): Promise<void> {
  const { as, fromDistribution, upstream, repository, whatFits } = options;
  if (bundles.length > 0) {
    const others = { fromDistribution, upstream, repository, whatFits };
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined) throw refuse(name, String(value), 'it without bundles');
    }
    return isElsewhere() ? importElsewhere(bundles, options) : importBundles(bundles, options);
  }
  if (isElsewhere()) {
    const found = fromDistribution === undefined ? 'nothing to import' : '--from-distribution';
    const accepted = 'with --server: tars of images, or - for standard input';
    throw new InvalidInputError([{ path: 'import', found, accepted }]);
  }
  if (as !== undefined) throw refuse('as', as, 'it together with bundles');
  if (fromDistribution === undefined) {
    const accepted = 'bundles, or --from-distribution <dir> --upstream <registry>';
    throw new InvalidInputError([{ path: 'import', found: 'nothing to import', accepted }]);
  }
  if (upstream === undefined) throw refuse('upstream', 'nothing', 'a registry, such as quay.io');
  return importDistribution({ ...options, fromDistribution, upstream });
}

function refuse(option: string, found: string, accepted: string): InvalidInputError {
  const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new InvalidInputError([{ path: `--${flag}`, found, accepted }]);
}
