import pulumi from '@pulumi/pulumi';
import { SECRET_KEYS } from './secret-keys.ts';

export interface Registered {
  /** `kubernetes:core/v1:Namespace`. */
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

/** The mark of a secret in the protocol of Pulumi. */
const SECRET = '4dabf18193072939515e22adb298388d';

const TRIES = 100;

/**
 * Runs the program with Pulumi's mocks, once in a process.
 *
 * @param config - The keys of Pulumi.prod.yaml.
 * @param last - Names of resources to wait for: each is registered once its inputs are known.
 * @returns The resources by name.
 */
export async function runProgram(
  config: Readonly<Record<string, string>>,
  last: readonly string[],
): Promise<ReadonlyMap<string, Registered>> {
  const registered = new Map<string, Registered>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs, id }) => {
        registered.set(name, { type, inputs });
        return { id: id ?? name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    'registry-cache',
    'prod',
  );
  pulumi.runtime.setAllConfig(config, [...SECRET_KEYS]);
  await import('../index.ts');
  for (let tries = 0; !last.every((name) => registered.has(name)); tries += 1) {
    if (tries === TRIES) throw new Error(`only these resources came: ${[...registered.keys()]}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return registered;
}

export function isSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === 'object' && value !== null && SECRET in value;
}

/** The value of a secret; any other value as it is. */
export function open(value: unknown): unknown {
  return isSecret(value) ? value.value : value;
}
