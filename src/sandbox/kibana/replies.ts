import { STATUS_CODES } from 'node:http';
import type { Reply } from '../reply.js';

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

export function jsonReply(status: number, body: object): Reply {
  return { status, headers: HEADERS, body: JSON.stringify(body) };
}

/** elastic/kibana x-pack/platform/plugins/shared/fleet/server/errors/handlers.ts, which is Boom's shape. */
export function fleetError(status: number, message: string): Reply {
  return jsonReply(status, { statusCode: status, error: STATUS_CODES[status] ?? 'Error', message });
}
