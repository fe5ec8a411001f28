import { z } from 'zod';

export const TOKEN_DELIVERY = 'token.delivery';

/** What a target of type `webhook` is sent. */
export const tokenDelivery = z
  .strictObject({
    delivery: z.string().describe('One target in one run; the same on every try.'),
    target: z.string().describe('Name of the target.'),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{8}$/)
      .describe('First 8 hex digits of the SHA-256 of the token that is to be used from now on.'),
    secret: z
      .strictObject({
        store: z.string().describe('Kind of the store.'),
        id: z.string().describe('Name or ARN of the secret.'),
        region: z.string().nullable().describe('Where the store has regions.'),
        key: z
          .string()
          .nullable()
          .describe('Of the token in a secret of JSON; null: the secret is the token.'),
      })
      .describe('Where the token can be read.'),
    value: z.string().exactOptional().describe('The token itself; with `payload: value` alone.'),
    callback: z
      .strictObject({
        url: z.url().describe('POST {"fingerprint": "…"} here once the token is in use.'),
        token: z.string().describe('For this delivery alone: Authorization: Bearer …'),
      })
      .nullable()
      .describe('null: nobody waits for a call-back.'),
  })
  .describe('A token became current; whoever receives this brings it to its agents.');

export type TokenDelivery = z.output<typeof tokenDelivery>;
