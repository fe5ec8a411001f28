import type { Code } from '../../rotation/errors.js';
import type { Page } from './page.js';

/** What a caller is told of a request, or of the service itself. */
export const requestPages = {
  config_invalid: {
    means: 'The config file, a variable of the environment or a file that they name cannot be used as it is.',
    todo: [
      'Run `rotor validate`: it names every mistake at once, each with its line, and what was expected there.',
      '`rotor explain PATH` says what a field may be.',
    ],
  },
  request_invalid: {
    means:
      'The request, or the command, cannot be carried out as it was given. Nothing was started or changed.',
    todo: [
      'Read `errors`: each names a member of the body by a JSON Pointer, or a parameter of the address.',
      'On the command line, `rotor COMMAND --help` says what the command takes.',
    ],
  },
  method_not_allowed: {
    means: 'There is something at this path of the API, and it is asked with another method.',
    todo: [
      'The header `Allow` names the methods that it takes.',
      '`GET /openapi.json` lists what can be asked, and where.',
    ],
  },
  body_too_large: {
    means:
      'The body of the request is larger than it may be: 64 KiB, and 1 MiB for a config that is to be validated.',
    todo: ['Send less: name rotations in several requests, or by labels with `selector`.'],
  },
  media_type_unsupported: {
    means: 'The body of the request says that it is of a type that is not taken there.',
    todo: [
      'Send JSON, with `content-type: application/json`.',
      'Send a config to `POST /v1/config/validate` as it is, with `content-type: application/yaml`.',
    ],
  },
  unauthenticated: {
    means:
      'The request came without an API token, or with one that this service does not know, that has been revoked or whose time is over.',
    todo: [
      'Send `Authorization: Bearer TOKEN`. The owner’s token is in the file `api-token` of the state directory.',
      'On the command line set ROTOR_TOKEN_FILE, or add the service with `rotor context add`.',
      'For somebody else make a token with `rotor token create`.',
    ],
  },
  scope_missing: {
    means:
      'The token is known, and may not do this: its scopes, or the labels that they are for, leave it out.',
    todo: [
      'The sentence names the scope. Its owner makes a token that has it: `rotor token create NAME --grant SCOPE`.',
    ],
  },
  rate_limited: {
    means: 'This caller has asked more often than `server.rateLimit` allows.',
    todo: [
      'Wait for as many seconds as `Retry-After` says, then ask again.',
      'Wait for news with `?wait=30s` instead of asking again and again.',
    ],
  },
  not_found: {
    means: 'There is nothing of this name or id, or the token may not see it.',
    todo: ['`rotor status` lists the rotations, `rotor runs` the runs. Names are those of the config file.'],
  },
  not_possible: {
    means: 'What was asked does not go with what the run or the rotation is at now. Nothing was changed.',
    todo: [
      'The sentence says why. `rotor watch RUN`, or `rotor status NAME`, shows what can be asked instead.',
    ],
  },
  rotation_in_progress: {
    means: 'Another run works on the same token or on the same secret; there is never more than one.',
    todo: [
      '`runId` and `Location` name it: `rotor watch RUN` follows it to its end.',
      'Ask again when it has ended. A run that is stalled says what it waits for.',
    ],
  },
  idempotency_key_reused: {
    means: 'The `Idempotency-Key` of this request has been sent within a day with another request.',
    todo: [
      'Make a new key for each request; send the old one only with exactly what it was first sent with.',
    ],
  },
  paused: {
    means: 'Somebody has paused this rotation: nothing rotates it until the pause is over.',
    todo: ['The sentence has their reason. `rotor resume NAME` ends the pause.'],
  },
  plan_stale: {
    means:
      'The plan that was agreed to is over an hour old, or the world is another one by now. Nothing was started.',
    todo: ['Look at a new plan: `rotor rotate NAME --dry-run`, or `POST /v1/rotations/{name}/plan`.'],
  },
  too_many: {
    means: 'More rotations match than may be started by this request. None was started.',
    todo: ['Say how many are meant, with `max` or `--max`, or narrow the labels.'],
  },
  server_unreachable: {
    means: 'The command line found no Rotor at the address.',
    todo: [
      'Is it running? `rotor serve` starts it, and its log says where it listens.',
      'Is it the right address? ROTOR_ADDR wins over the context in use, which `rotor context list` shows.',
    ],
  },
  internal: {
    means:
      'Something happened that Rotor did not expect. A run that was under way is taken up again where its journal ends.',
    todo: [
      'The log of the service has the cause, under the `trace.id` that the answer has as `traceId`.',
      'If it happens again, report it with those lines: a log never holds a token.',
    ],
  },
  journal_unavailable: {
    means:
      'The journal cannot be read or written: the disk is full or read-only, the file is damaged or in use by another process, or PostgreSQL does not answer. Rotor starts nothing until it is back.',
    todo: [
      'The sentence says which. The service goes on by itself once that is mended.',
      '`docs/operations.md` has damage and restore.',
    ],
  },
  lease_lost: {
    means:
      'Another replica has taken over this run, since this one did not renew its lease in time. Nothing is lost: the other one goes on.',
    todo: ['Look with `rotor runs --active`. If it happens often, the process or its database is too slow.'],
  },
} satisfies Partial<Record<Code, Page>>;
