import { join } from 'node:path';
import { Client, credentials as channel } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Credentials } from '../http-client.ts';
import type { Machine } from '../machine/machine.ts';
import type { CommandResult } from '../run-command.ts';
import { CONTAINERD_SOCKET } from './containerd.ts';
import type { MachineClient } from './machine-client.ts';

/** The containerd of a machine. */
export function createCriMachineClient(machine: Machine): MachineClient {
  return createCriClient(machine.outside(CONTAINERD_SOCKET));
}

/**
 * containerd over the Container Runtime Interface, as a kubelet uses it.
 * @param socket The path of its socket.
 */
export function createCriClient(socket: string): MachineClient {
  const address = `unix://${socket}`;
  let auth: Credentials | undefined;
  return {
    pull: (image) => resultOf(call(address, 'PullImage', { image: { image }, auth })),
    removeImages: async () => {
      const { images } = (await call(address, 'ListImages', {})) as { images: { id: string }[] };
      for (const { id } of images) await call(address, 'RemoveImage', { image: { image: id } });
    },
    login: async (_registry, credentials) => {
      // A kubelet sends the pod's pull secret with each pull.
      auth = credentials;
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
}

const SERVICE = loadSync(join(import.meta.dirname, 'cri.proto'))[
  'runtime.v1.ImageService'
] as unknown as Readonly<Record<string, Method>>;

/** Calls a method once. Rejects with the service's message on a failure. */
async function call(address: string, name: string, request: object): Promise<object> {
  const method = SERVICE[name];
  if (method === undefined) throw new Error(`cri.proto has no ${name}`);
  // gRPC sends the address as the authority, and a socket's path is not a valid one.
  const client = new Client(address, channel.createInsecure(), {
    'grpc.default_authority': 'localhost',
  });
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        { deadline: Date.now() + 120_000 },
        (error, answer) => (error ? reject(error) : resolve(answer ?? {})),
      );
    });
  } finally {
    client.close();
  }
}

interface Method {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

/** The result as of a program that prints its error. */
async function resultOf(answer: Promise<object>): Promise<CommandResult> {
  try {
    return { exitCode: 0, stdout: JSON.stringify(await answer), stderr: '' };
  } catch (error) {
    return { exitCode: 1, stdout: '', stderr: String(error) };
  }
}
