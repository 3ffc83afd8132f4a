/** `push-demo-image.ts URL REPOSITORY TAG`: makes a small image and pushes it to a registry. */
import { makeImage, pushBundle, until } from '@registry-cache/testbed';

const [url = '', repository = '', tag = ''] = process.argv.slice(2);
const image = makeImage({
  seed: 'demo',
  layerSizesBytes: [8 * 1024 * 1024],
  files: [{ path: 'hello.txt', content: Buffer.from('Hello from your own cache.\n') }],
});
await until(`${url} answers`, async () => (await fetch(`${url}/v2/`)).ok);
await pushBundle({ url }, repository, tag, image);
