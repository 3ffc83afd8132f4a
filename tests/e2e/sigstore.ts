import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { asObject } from '@registry-cache/domain';
import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  rekorHandler,
} from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { COSIGN, type CosignForm } from './cosign.ts';

/** A Sigstore of a test: an authority that believes every token, and a transparency log. */
export interface Sigstore extends AsyncDisposable {
  /** JSON of its `trusted_root.json`. */
  readonly root: string;
  /** Signs `<host>/<repository>@<digest>` by the real cosign, without a key. */
  signAs(form: CosignForm, image: string, identity: string, issuer: string): Promise<void>;
}

type Authorities = Awaited<ReturnType<typeof createAuthorities>>;

export async function startSigstore(): Promise<Sigstore> {
  const folder = await makeTemporaryFolder('sigstore');
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const authorities = await createAuthorities(url);
  server.on('request', async (request: IncomingMessage, response) => {
    const { status, headers, body } = await answer(authorities, request);
    response.writeHead(status, headers).end(body);
  });
  const root = formatRoot(url, authorities);
  const rootFile = join(folder.path, 'trusted_root.json');
  const services = join(folder.path, 'services.json');
  await writeFile(rootFile, root);
  const service = `url=${url},api-version=1,start-time=2020-01-01T00:00:00Z,operator=test`;
  const env = { COSIGN_EXPERIMENTAL: '1', HOME: folder.path };
  await runOrThrow(
    COSIGN,
    [
      ...['signing-config', 'create', `--fulcio=${service}`, `--rekor=${service}`],
      ...['--rekor-config=ANY', `--out=${services}`],
    ],
    { env },
  );
  const old = ['--use-signing-config=false', '--new-bundle-format=false'].concat(
    `--fulcio-url=${url}`,
    `--rekor-url=${url}`,
  );
  const forms: Readonly<Record<CosignForm, readonly string[]>> = {
    'the tag of a signature': old,
    'a signature as a referrer': [...old, '--registry-referrers-mode=oci-1-1'],
    'a bundle as a referrer': [`--signing-config=${services}`],
  };
  return {
    root,
    async signAs(form, image, identity, issuer) {
      const token = `--identity-token=${formatToken(identity, issuer)}`;
      const trusted = `--trusted-root=${rootFile}`;
      const more = ['--allow-http-registry', '--yes'];
      await runOrThrow(COSIGN, ['sign', token, trusted, ...forms[form], ...more, image], { env });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await folder.remove();
    },
  };
}

async function createAuthorities(url: string) {
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ctLog = await initializeCTLog(keys());
  const ca = await initializeCA(keys(), ctLog);
  return { ctLog, ca, log: await initializeTLog(url, keys()) };
}

/** Answers cosign, which wants a little more than the mock gives. */
async function answer({ ca, log }: Authorities, request: IncomingMessage) {
  const [fulcio, rekor] = [fulcioHandler(ca), rekorHandler(log)];
  const body = await text(request);
  if (request.url === fulcio.path) {
    const oidcIdentityToken = request.headers.authorization?.replace('Bearer ', '');
    const credentials = { oidcIdentityToken };
    const { response } = await fulcio.fn(JSON.stringify({ ...JSON.parse(body), credentials }));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: response };
  }
  if (request.url !== rekor.path) return { status: 404, headers: {}, body: '' };
  const { statusCode, response } = await rekor.fn(canonicalEntry(body));
  const [uuid = ''] = Object.keys(JSON.parse(String(response)));
  const headers = { 'content-type': 'application/json', etag: uuid };
  return { status: statusCode, headers, body: response };
}

/** The entry as the real log keeps it: of an envelope, it has hashes and signatures alone. */
function canonicalEntry(proposed: string): string {
  const { kind, apiVersion, spec } = JSON.parse(proposed);
  if (kind !== 'dsse') return proposed;
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope);
  const hashOf = (bytes: string | Buffer) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(bytes).digest('hex'),
  });
  const kept = {
    envelopeHash: hashOf(envelope),
    payloadHash: hashOf(Buffer.from(payload, 'base64')),
    signatures: signatures.map((one: unknown, index: number) => ({
      signature: asObject(one).sig,
      verifier: verifiers[index],
    })),
  };
  return JSON.stringify({ kind, apiVersion, spec: kept });
}

function formatToken(sub: string, iss: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss, sub, aud: 'sigstore', iat: 1_700_000_000, exp: 4_000_000_000 };
  return [encode({ alg: 'RS256', typ: 'JWT' }), encode(claims), 'c2ln'].join('.');
}

function formatRoot(url: string, { ctLog, ca, log }: Authorities): string {
  const validFor = { start: new Date(Date.now() - 3_600_000), end: undefined };
  const describe = (baseUrl: string, rawBytes: Buffer, keyId: Buffer) => ({
    baseUrl,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: { rawBytes, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor },
    logId: { keyId },
    checkpointKeyId: undefined,
    operator: '',
  });
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  const logId = createHash('sha256').update(log.publicKey).digest();
  const root = TrustedRoot.toJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [describe(url, log.publicKey, logId)],
    ctlogs: [describe('http://ct.test', ctLog.publicKey, bytesOf(ctLog.logID))],
    certificateAuthorities: [
      {
        subject: { organization: 'test', commonName: 'test' },
        uri: url,
        certChain: { certificates: [{ rawBytes: bytesOf(ca.rootCertificate) }] },
        validFor,
        operator: '',
      },
    ],
    timestampAuthorities: [],
  });
  return JSON.stringify(root);
}
