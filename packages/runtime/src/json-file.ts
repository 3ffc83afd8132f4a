import { readFile } from 'node:fs/promises';

/** The shape that a JSON file must have; every zod schema is one. */
export interface Shape<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: ShapeError };
}

interface ShapeError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/**
 * Reads the options that `config` has rendered for a worker.
 * @throws Error that names the first wrong field, or the system's error where the file cannot be read.
 */
export async function readWorkerOptions<T>(path: string, shape: Shape<T>): Promise<T> {
  return parseJson(await readFile(path, 'utf8'), shape);
}

/** @throws Error that names the first wrong field, and never shows a value, which may be a secret. */
export function parseJson<T>(json: string, shape: Shape<T>): T {
  const result = shape.safeParse(readJson(json));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue?.path.map(String).join('.') || 'the file'}: ${issue?.message}`);
}

/** `JSON.parse` quotes the text that it could not read, and that may be a secret. */
function readJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error(`not JSON (${json.length} characters)`);
  }
}
