import type { Code } from '../../rotation/errors.js';
import type { Page } from './page.js';

/** What an upstream system said or did: Elastic Cloud, Kibana, the APM Server, a store, a target. */
export const upstreamPages = {
  upstream_unreachable: {
    means:
      'No connection to the upstream system came about: its name is not known, nothing listens, or its certificate is not trusted.',
    todo: [
      '`rotor doctor` names the host and the reason.',
      'With a private CA give `tls: { caFile: … }` beside the endpoint; proxies are HTTPS_PROXY and NO_PROXY.',
    ],
  },
  upstream_timeout: {
    means:
      'The upstream system did not answer in time. Whether it has acted on the request is not known, and Rotor looks before it does anything else.',
    todo: [
      'Nothing, if it passes: a run goes on by itself.',
      'If it stays, `rotor doctor` shows which host it is.',
    ],
  },
  upstream_unauthenticated: {
    means: 'The upstream system does not know the key or the user that Rotor came with (401).',
    todo: [
      'Renew the key that the sentence names, in the file or variable that the config refers to. A key of Elastic Cloud opens no Kibana, nor the other way round.',
    ],
  },
  upstream_forbidden: {
    means:
      'The upstream system knows the key, and does not let it do this (403). It may also be its answer for what does not exist.',
    todo: [
      'Give it the privilege that the sentence names; `docs/which-issuer.md` has those of Elastic Cloud and Fleet.',
      'A run that waits for it goes on by itself.',
    ],
  },
  upstream_not_found: {
    means: 'The upstream system has nothing of this name (404).',
    todo: [
      'Compare the name in the config, such as `select.deployment`, with the console. A key that may not see a thing finds nothing either.',
    ],
  },
  upstream_busy: {
    means:
      'The upstream system is in the middle of another change, such as a pending plan of the deployment.',
    todo: ['Let that change end, then ask again. A scheduled run tries again by itself.'],
  },
  upstream_rejected: {
    means:
      'The upstream system refused the request for what it says (a definite 4xx). It has not acted on it.',
    todo: ['The sentence has its words. `rotor doctor` shows whether a reading request works.'],
  },
  upstream_elevation_required: {
    means:
      'Elastic Cloud Enterprise wants elevated permissions for this request (449), which a person has to give.',
    todo: [
      'Use a key of a user who needs none, or reset the token by hand and let Rotor take it over: `rotor adopt NAME`.',
    ],
  },
  upstream_rate_limited: {
    means:
      'The upstream system says that its limit is reached (429). All runs leave it alone for as long as it asked for.',
    todo: [
      'Nothing: runs go on by themselves.',
      'If it happens often, lower `cloud.limits`, or see who else uses the key.',
    ],
  },
  upstream_error: {
    means:
      'The upstream system failed (5xx). Whether it has acted on the request is looked at before anything else is done.',
    todo: ['Nothing, if it passes.', 'If it stays, see the status page of the system.'],
  },
  upstream_not_json: {
    means: 'Something else than the API answered, such as the HTML page of a proxy or a sign-in.',
    todo: [
      'Ask the endpoint with curl from the machine of Rotor; correct the endpoint, or the proxy in between.',
    ],
  },
  upstream_malformed: {
    means: 'The answer is JSON, and not what the API documents.',
    todo: [
      'See whether the endpoint is that of the API; report it if it is, with the version of the system.',
    ],
  },
  insecure_endpoint: {
    means: 'A token or a key would go over plain HTTP to another machine. Nothing was sent.',
    todo: ['Give an https address, for instance of a proxy in front.'],
  },
  address_refused: {
    means:
      'A webhook would go to a private address of this machine or network, which somebody else may have chosen. Nothing was sent.',
    todo: ['If it is meant, name the host or range in `allowPrivate` of that webhook.'],
  },
  receiver_gone: {
    means: 'The receiver of a webhook says that it wants no more (410).',
    todo: ['Take the notifier or the target out of the config, or correct its address.'],
  },
} satisfies Partial<Record<Code, Page>>;
