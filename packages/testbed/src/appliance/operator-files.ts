import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@registry-cache/runtime';
import { makeHtpasswd } from '../registry/htpasswd.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import type { ApplianceOptions } from './options.ts';

/** The operator's files on the host, and their mounts. */
export interface OperatorFiles {
  readonly certsDir: string;
  readonly storeDir: string;
  /** `podman run` arguments. */
  readonly args: readonly string[];
  writePullSecret(value: object | string, how?: ReplaceMethod): Promise<void>;
  /** @param users The file's text, or the password of each user. */
  writeHtpasswd(users: Readonly<Record<string, string>> | string): Promise<void>;
  writePolicy(yaml: string): Promise<void>;
  writeCertificate(pem: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * `in-place` writes new content to the same inode, as a mounted file requires. `rename` and
 * `symlink-swap`, the way of Kubernetes, require that the pull secret is mounted as a folder.
 */
export type ReplaceMethod = 'in-place' | 'rename' | 'symlink-swap';

/** Writes the host's side of an appliance's mounts. All belongs to root, secrets have mode 0600. */
export async function layOutOperatorFiles(options: ApplianceOptions): Promise<OperatorFiles> {
  const folder = await makeTemporaryFolder('appliance');
  // A container without any privileges needs mounts that allow it, as an operator would set them.
  const isUnprivileged = options.user !== undefined;
  const secretMode = isUnprivileged ? 0o644 : 0o600;
  const makeDir = async (path: string) => {
    await mkdir(path, { recursive: true });
    if (isUnprivileged) await chmod(path, 0o777);
    return path;
  };
  await chmod(folder.path, 0o755);
  const secretDir = await makeDir(join(folder.path, 'secret'));
  const certsDir = await makeDir(join(folder.path, 'certs'));
  const authDir = await makeDir(join(folder.path, 'auth'));
  const storeDir = await makeDir(options.storeDir ?? join(folder.path, 'store'));
  const secretFile = join(secretDir, 'pull-secret.json');
  const policyFile = join(folder.path, 'registry-cache.yaml');

  const write = (path: string, text: string) => writeFile(path, text, { mode: secretMode });
  const files: Omit<OperatorFiles, 'args'> = {
    certsDir,
    storeDir,
    writePullSecret: async (value, how = 'in-place') => {
      const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
      if (how === 'in-place') return write(secretFile, text);
      if (options.pullSecretMount !== 'folder') {
        throw new Error(`${how}: a mounted file is one inode; use pullSecretMount: 'folder'`);
      }
      if (how === 'rename') return writeFileAtomic(secretFile, text, secretMode);
      await swapSymlink(secretDir, text, secretMode);
    },
    writeHtpasswd: async (users) => {
      const text = typeof users === 'string' ? users : await makeHtpasswd(users);
      await writeFileAtomic(join(authDir, 'htpasswd'), text, secretMode);
    },
    writePolicy: (yaml) => write(policyFile, yaml),
    writeCertificate: (pem) => writeFileAtomic(join(certsDir, 'certs.pem'), pem, secretMode),
    remove: folder.remove,
  };
  await files.writePullSecret(options.pullSecret);
  if (options.passwords) await files.writeHtpasswd(options.passwords);
  if (options.policyYaml !== undefined) await files.writePolicy(options.policyYaml);
  if (options.tls) await files.writeCertificate(options.tls.certificatePem + options.tls.keyPem);
  if (options.upstreamCa) await write(join(certsDir, 'upstream-ca.pem'), options.upstreamCa);
  return {
    ...files,
    args: mountArguments(options, {
      secretFile,
      secretDir,
      certsDir,
      authDir,
      storeDir,
      policyFile,
    }),
  };
}

type OperatorPaths = Record<
  'secretFile' | 'secretDir' | 'certsDir' | 'authDir' | 'storeDir' | 'policyFile',
  string
>;

function mountArguments(options: ApplianceOptions, paths: OperatorPaths): string[] {
  const volumes = [
    options.pullSecretMount === 'folder'
      ? `${paths.secretDir}:/pull-secret:ro`
      : `${paths.secretFile}:/pull-secret.json:ro`,
    `${paths.certsDir}:/certs`,
    `${paths.storeDir}:/var/lib/registry`,
    ...(options.passwords ? [`${paths.authDir}:/auth:ro`] : []),
    ...(options.policyYaml === undefined ? [] : [`${paths.policyFile}:/registry-cache.yaml:ro`]),
    ...(options.extraMounts ?? []),
  ];
  return volumes.flatMap((volume) => ['--volume', volume]);
}

/** `..data` is a symbolic link to a folder, and the file leads through it. Replaces that link. */
async function swapSymlink(secretDir: string, text: string, mode: number): Promise<void> {
  const version = `..${process.hrtime.bigint()}`;
  await mkdir(join(secretDir, version), { mode: 0o755 });
  await writeFile(join(secretDir, version, 'pull-secret.json'), text, { mode });
  await symlink(version, join(secretDir, '..next'));
  await rename(join(secretDir, '..next'), join(secretDir, '..data'));
  // The first swap also turns the plain file into a link.
  await symlink('..data/pull-secret.json', join(secretDir, '..file'));
  await rename(join(secretDir, '..file'), join(secretDir, 'pull-secret.json'));
}

/** The certificates in `certs.pem` that a client must trust, without the key. */
export async function readCertificates(certsDir: string): Promise<string> {
  const pem = await readFile(join(certsDir, 'certs.pem'), 'utf8');
  const blocks = pem.match(
    /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n?/g,
  );
  return (blocks ?? []).join('');
}
