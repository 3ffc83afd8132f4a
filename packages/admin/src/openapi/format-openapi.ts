import * as z from 'zod/mini';
import { ADMIN_ERROR_STATUS } from '../contract/admin-error.ts';
import { API_PREFIX, OUTCOME_TRAILER, type Verb } from '../contract/verb.ts';
import { VERBS } from '../contract/verbs.ts';

/** The text of docs/openapi.json: the admin API, as OpenAPI 3.1 describes it. */
export function formatOpenApi(version: string): string {
  const paths = Object.values(VERBS).map((verb: Verb) => [
    `${API_PREFIX}${verb.name}`,
    { [verb.method.toLowerCase()]: describeOperation(verb) },
  ]);
  const api = {
    openapi: '3.1.0',
    info: { title: 'registry-cache admin API', version, license: { name: 'Apache-2.0' } },
    servers: [{ url: 'http://localhost', description: 'the unix socket of the admin API' }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Errors: toJsonSchema(ERRORS, 'output') },
      responses: {
        Errors: describeJson('Why it failed.', { $ref: '#/components/schemas/Errors' }),
      },
    },
  };
  return JSON.stringify(api, null, 2);
}

const ERRORS = z.object({
  errors: z.array(
    z.object({
      code: z.enum(Object.keys(ADMIN_ERROR_STATUS)),
      message: z.string(),
    }),
  ),
});

function describeOperation(verb: Verb): object {
  const input = toJsonSchema(verb.input, 'input');
  const { bodyType, answerType } = verb;
  const hasQuery = verb.method === 'GET' || bodyType !== undefined;
  const parameters = hasQuery ? describeParameters(input) : [];
  const content =
    bodyType === undefined ? { 'application/json': { schema: input } } : describeFile(bodyType);
  const output = toJsonSchema(verb.output, 'output');
  return {
    operationId: verb.name,
    summary: verb.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(verb.method === 'POST' && { requestBody: { required: true, content } }),
    responses: {
      200:
        answerType === undefined
          ? describeJson('The answer.', output)
          : describeFileAnswer(answerType, output),
      default: { $ref: '#/components/responses/Errors' },
    },
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
}

function describeParameters({ properties = {}, required = [] }: JsonSchema): object[] {
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    const isRequired = required.includes(name);
    return { name, in: 'query', required: isRequired, description, schema };
  });
}

function describeFile(type: string): object {
  return { [type]: { schema: { type: 'string', format: 'binary' } } };
}

/** OpenAPI knows no trailers, and describes this one among the headers. */
function describeFileAnswer(type: string, outcome: object): object {
  return {
    description: `A file that is whole only if the trailer ${OUTCOME_TRAILER.name} follows.`,
    headers: {
      [OUTCOME_TRAILER.name]: {
        description: 'A trailer behind the file.',
        content: { 'application/json': { schema: outcome } },
      },
    },
    content: describeFile(type),
  };
}

function describeJson(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

function toJsonSchema(schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest as JsonSchema;
}
