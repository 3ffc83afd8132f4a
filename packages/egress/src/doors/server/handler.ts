import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one request. A handler that throws has a defect: the connection is then cut. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
