import type { IncomingMessage } from 'node:http';
import { formatIssue, formatSize, quoteFound } from '@registry-cache/domain';
import { AdminError } from '../contract/admin-error.ts';
import type { Verb } from '../contract/verb.ts';

const LIMIT_BYTES = 64 * 1024;

/**
 * Reads the input of a verb: the query of a GET, the body of a POST, or its query beside another body.
 * @throws AdminError that names each wrong value.
 */
export async function readInput<Input>(
  verb: Verb<Input, unknown>,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Input> {
  const isJson = verb.method === 'POST' && verb.bodyType === undefined;
  const found = isJson ? await readBody(request, verb) : Object.fromEntries(query);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw new AdminError(
      'INVALID',
      `the body: found ${quoteFound(found)}; accepted: a JSON object`,
    );
  }
  const result = verb.input.safeParse(found);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => {
    const isUnknown = issue.code === 'unrecognized_keys';
    const path = (isUnknown ? issue.keys : issue.path).map(String).join('.') || 'the input';
    const accepted = isUnknown ? `none of that name for ${verb.name}` : issue.message;
    return formatIssue({ path, found: quoteFound(valueAt(found, path)), accepted });
  });
  throw new AdminError('INVALID', issues.join('; '));
}

async function readBody(
  request: IncomingMessage,
  { bodyBytes = LIMIT_BYTES }: Pick<Verb, 'bodyBytes'>,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // A refused body stays open: without its connection, the client would get no answer.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size > bodyBytes) {
      const found = `found more than ${bodyBytes} bytes`;
      const message = `the body: ${found}; accepted: at most ${formatSize(bodyBytes)}`;
      throw new AdminError('INVALID', message, { status: 413 });
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new AdminError('INVALID', `the body: found ${size} bytes; accepted: a JSON object`);
  }
}

function valueAt(found: object, path: string): unknown {
  return Object.hasOwn(found, path) ? (found as Record<string, unknown>)[path] : undefined;
}
