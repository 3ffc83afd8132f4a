import { expect, it } from 'vitest';
import { VERBS } from '../contract/verbs.ts';
import { formatOpenApi } from './format-openapi.ts';

it('describes each verb with its summary, input and output', () => {
  const api = JSON.parse(formatOpenApi('1.2.3'));
  expect(api.info.version).toBe('1.2.3');
  for (const { name, method, summary } of Object.values(VERBS)) {
    const operation = api.paths[`/api/v1/${name}`][method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: name, summary });
    const { content, headers } = operation.responses[200];
    const outcome = headers?.['X-Registry-Cache-Outcome'].content ?? content;
    expect(outcome['application/json'].schema.type).toBe('object');
  }
});

it('describes tars that are sent and taken', () => {
  const { paths } = JSON.parse(formatOpenApi('1.2.3'));
  const tar = { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } };
  expect(paths['/api/v1/export'].post.responses[200].content).toEqual(tar);
  const { requestBody, parameters } = paths['/api/v1/import'].post;
  expect(requestBody).toEqual({ required: true, content: tar });
  expect(parameters.map(({ name }: { name: string }) => name)).toEqual(['as', 'dryRun']);
});
