import { join } from 'node:path';
import { Client, credentials as channel } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Credentials } from '../clients/http.ts';
import type { Machine } from '../machine/machine.ts';
import type { CommandResult } from '../run-command.ts';
import { CONTAINERD_SOCKET } from './containerd.ts';
import type { Puller } from './puller.ts';

/** containerd as a kubelet asks it: by the Container Runtime Interface. */
export function createCriPuller(machine: Machine): Puller & Disposable {
  const service = openImageService(`unix://${machine.outside(CONTAINERD_SOCKET)}`);
  let auth: Credentials | undefined;
  return {
    pull: (image) => resultOf(service.call('PullImage', { image: { image }, auth })),
    removeImages: async () => {
      const { images } = (await service.call('ListImages', {})) as { images: { id: string }[] };
      for (const { id } of images) await service.call('RemoveImage', { image: { image: id } });
    },
    login: async (_registry, credentials) => {
      // A kubelet hands the pod's pull secret over with each pull.
      auth = credentials;
      return { exitCode: 0, stdout: '', stderr: '' };
    },
    [Symbol.dispose]: service.close,
  };
}

const IMAGE_SERVICE = 'runtime.v1.ImageService';

function openImageService(address: string) {
  const definition = loadSync(join(import.meta.dirname, 'cri.proto'))[IMAGE_SERVICE];
  // gRPC sends the address as the authority, which a socket's path is not.
  const client = new Client(address, channel.createInsecure(), {
    'grpc.default_authority': 'localhost',
  });
  return {
    call: (name: string, request: object): Promise<object> =>
      new Promise((resolve, reject) => {
        const method = (definition as unknown as Record<string, Method>)[name];
        if (method === undefined) throw new Error(`cri.proto has no ${name}`);
        client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          { deadline: Date.now() + 120_000 },
          (error, answer) => (error ? reject(error) : resolve(answer ?? {})),
        );
      }),
    close: () => client.close(),
  };
}

interface Method {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

/** As of a program that prints the error. */
async function resultOf(answer: Promise<object>): Promise<CommandResult> {
  try {
    return { exitCode: 0, stdout: JSON.stringify(await answer), stderr: '' };
  } catch (error) {
    return { exitCode: 1, stdout: '', stderr: String(error) };
  }
}
