import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one request. An error of a handler is a defect, and cuts the connection. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
