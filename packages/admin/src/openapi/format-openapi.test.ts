import { expect, it } from 'vitest';
import { VERBS } from '../contract/verbs.ts';
import { formatOpenApi } from './format-openapi.ts';

it('describes each verb with its summary, input and output', () => {
  const api = JSON.parse(formatOpenApi('1.2.3'));
  expect(api.info.version).toBe('1.2.3');
  for (const { name, method, summary } of Object.values(VERBS)) {
    const operation = api.paths[`/api/v1/${name}`][method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: name, summary });
    expect(operation.responses[200].content['application/json'].schema.type).toBe('object');
  }
});
