import { accessSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pulumi from '@pulumi/pulumi';
import { deploy } from '../deploy.ts';
import { readSettings } from '../settings.ts';
import { isSecretKey } from './secret-keys.ts';

/** Where `scripts/lib/pulumi.sh` builds Pulumi. */
const PROGRAMS = join(import.meta.dirname, '../../../../.tools/pulumi');
const STACK = 'test';
const PROJECT = 'registry-cache';

export interface EngineOptions {
  /** An empty folder, for Pulumi's state and settings. */
  readonly folder: string;
  /** Of the cluster that the program changes. */
  readonly kubeconfig: string;
  /** The keys of Pulumi.prod.yaml. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * A stack of the program that Pulumi's own engine runs. The engine needs no host for the language,
 * since the program runs in this process (Pulumi's Automation API). Its provider for Google is a
 * fake: gcp-provider.ts.
 *
 * @throws if Pulumi has not been built.
 */
export async function openEngine(options: EngineOptions): Promise<pulumi.automation.Stack> {
  const { folder, kubeconfig, config } = options;
  const stack = await pulumi.automation.LocalWorkspace.createStack(
    { stackName: STACK, projectName: PROJECT, program: async () => deploy(readSettings()) },
    {
      workDir: await makeFolder(folder, 'work'),
      pulumiHome: await makeFolder(folder, 'home'),
      pulumiCommand: await pulumi.automation.PulumiCommand.get({ root: await install(folder) }),
      secretsProvider: 'passphrase',
      projectSettings: {
        name: PROJECT,
        runtime: 'nodejs',
        backend: { url: `file://${await makeFolder(folder, 'state')}` },
      },
      envVars: {
        KUBECONFIG: kubeconfig,
        PULUMI_CONFIG_PASSPHRASE: 'of a test',
        PULUMI_SKIP_UPDATE_CHECK: 'true',
        // A missing plugin is an error, and no download.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      },
    },
  );
  for (const [key, value] of Object.entries(config)) {
    await stack.setConfig(key, { value, secret: isSecretKey(key) });
  }
  return stack;
}

/** A folder as Pulumi is installed: the command line, with its plugins beside it. */
async function install(folder: string): Promise<string> {
  const root = await makeFolder(folder, 'pulumi');
  const bin = await makeFolder(root, 'bin');
  for (const name of ['pulumi', 'pulumi-resource-kubernetes']) {
    await symlink(findProgram(name), join(bin, name));
  }
  const google = join(import.meta.dirname, 'gcp-provider.ts');
  const script = `#!/bin/sh\nexec '${process.execPath}' '${google}' "$@"\n`;
  await writeFile(join(bin, 'pulumi-resource-gcp'), script, { mode: 0o755 });
  return root;
}

function findProgram(name: string): string {
  const program = join(PROGRAMS, name);
  try {
    accessSync(program);
  } catch (cause) {
    throw new Error(`${program} is missing; ./scripts/test --pulumi builds it`, { cause });
  }
  return program;
}

async function makeFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
