import { listReferenceNames, loadDryRunModel, resolveReference } from '@registry-cache/config';
import { auditFile, escapeUnprintable, isDigest, unwrap } from '@registry-cache/domain';
import { type PinReference, readPins, removePin } from '@registry-cache/pins';
import { createAudit } from '@registry-cache/runtime';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { namePin } from '../pins/name-pin.ts';
import { warn } from '../warn.ts';

export function addUnpin(program: Command): void {
  const command = program
    .command('unpin')
    .description('Removes pins: from then on the images age out, and frozen tags move again.')
    .argument('<ref...>', 'images as clients write them, or as `pins` prints them');
  addInputOptions(command).action(unpin);
}

/** The status is 1 if an image was not pinned. */
async function unpin(refs: readonly string[], options: InputOptions): Promise<void> {
  if (isElsewhere()) {
    for (const ref of refs) {
      const { image } = await askHere('unpin', { image: ref });
      console.log(escapeUnprintable(`unpinned ${image}`));
    }
    return;
  }
  const settings = readSettings(options);
  const store = settings.REGISTRYDIR;
  const names = listReferenceNames(unwrap(await loadDryRunModel(settings)));
  await becomeRunUser();
  const audit = createAudit(auditFile(store), {
    warn: () => warn('the audit log could not be written'),
  });
  const { pins, broken } = await readPins(store);
  const byName = new Map<string, PinReference>();
  for (const pin of broken) byName.set(namePin(pin, names), pin);
  for (const pin of pins) {
    const reference = pin.tag === undefined ? pin : { ...pin, digest: undefined };
    byName.set(namePin(pin, names), reference);
  }
  for (const ref of refs) {
    const pin = byName.get(ref) ?? byName.get(nameOf(ref, names) ?? ref);
    if (pin === undefined || !(await removePin(store, pin))) {
      warn(`${ref} is not pinned; registry-cache pins lists what is`);
      process.exitCode = 1;
      continue;
    }
    const image = namePin(pin, names);
    audit.record({ event: 'unpin', user: 'operator', way: 'operator', image });
    console.log(`unpinned ${image}`);
  }
  await audit.flush();
}

/** The name that `pins` prints for an image as a client writes it. */
function nameOf(ref: string, names: ReturnType<typeof listReferenceNames>): string | undefined {
  const resolved = resolveReference('REF', ref, names);
  if (!resolved.ok || resolved.value.upstream === undefined) return undefined;
  const { upstream, repository, reference } = resolved.value;
  const part = isDigest(reference) ? { digest: reference } : { tag: reference };
  return namePin({ upstreamId: upstream.id, repository, ...part }, names);
}
