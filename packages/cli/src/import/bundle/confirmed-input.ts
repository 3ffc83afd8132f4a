import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { CONFIRM_FD, WHOLE } from '@registry-cache/admin';
import { BundleError } from '@registry-cache/bundle';

/**
 * Standard input of the admin worker, which takes a bundle over the network. An upload that is cut
 * ends as one that is whole does, also if the worker dies. So the worker confirms the end.
 *
 * @throws BundleError behind the last piece of an input that was cut.
 */
export async function* readConfirmed(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* input;
  const word = await text(new Socket({ fd: CONFIRM_FD, writable: false }));
  if (word !== WHOLE) throw new BundleError('the upload', 'it is cut');
}
