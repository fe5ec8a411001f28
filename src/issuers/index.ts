import type { HttpClient } from '../http/client.js';
import { RotorError } from '../rotation/errors.js';
import { AutoSource, type FleetPlace } from './auto/index.js';
import { createElasticCloudIssuer } from './elastic-cloud/index.js';
import type { ResourceSelect } from './select.js';
import { createFleetIssuer } from './fleet/index.js';
import { always, type IssuerSource, type SettableIssuer } from './issuer.js';

/** The kinds that a config may name. */
export const issuerKinds = ['auto', 'elastic-cloud', 'fleet'] as const;
export type IssuerKind = (typeof issuerKinds)[number];

/** What a rotation says of where its token is set. */
export type IssuerParts = {
  readonly select: ResourceSelect;
  /** The Elastic Cloud API; throws `config_invalid` where the config names none. */
  readonly cloud: () => HttpClient;
  readonly kibana?: KibanaParts;
  /** Where the operator knows it better than the deployment. */
  readonly apmUrl?: string;
};

export type KibanaParts = {
  readonly url?: string;
  readonly space?: string;
  /** A client with the rotation's credentials for that Kibana. */
  readonly http: (url: string) => HttpClient;
};

const sources = {
  auto: (parts) => byDeployment(parts),
  'elastic-cloud': ({ select, cloud }) => always(createElasticCloudIssuer({ select }, { http: cloud() })),
  fleet: (parts) => (isByDeployment(parts.select) ? byDeployment(parts, 'fleet') : always(ownKibana(parts))),
} satisfies Record<IssuerKind, (parts: IssuerParts) => IssuerSource>;

export function issuerSource(kind: IssuerKind, parts: IssuerParts): IssuerSource {
  return sources[kind](parts);
}

export function isByDeployment({ deployment, tags }: ResourceSelect): boolean {
  return deployment !== undefined || tags !== undefined;
}

function byDeployment(parts: IssuerParts, only?: 'fleet'): IssuerSource {
  const { select, cloud } = parts;
  const fleetAt = (place: FleetPlace): SettableIssuer => fleetIssuer(parts, place);
  return new AutoSource({ select, ...(only && { only }) }, { http: cloud(), fleetAt });
}

function ownKibana(parts: IssuerParts): SettableIssuer {
  const { url } = parts.kibana ?? {};
  if (url === undefined) throw noKibana('no `kibana` with a url');
  return fleetIssuer(parts, { kibanaUrl: url });
}

function fleetIssuer(
  { select: { policy }, kibana, ...parts }: IssuerParts,
  place: Pick<FleetPlace, 'kibanaUrl'> & Partial<FleetPlace>,
): SettableIssuer {
  if (kibana === undefined) throw noKibana(`no \`kibana\` credentials for ${new URL(place.kibanaUrl).host}`);
  const apmUrl = parts.apmUrl ?? place.apmUrl;
  const alsoAt = [...(place.apmUrl === undefined ? [] : [place.apmUrl]), ...(place.alsoAt ?? [])];
  const config = {
    ...(policy !== undefined && { policy }),
    ...(kibana.space !== undefined && { space: kibana.space }),
    ...(apmUrl !== undefined && { apmUrl }),
    alsoAt,
  };
  const http = kibana.http(kibana.url ?? place.kibanaUrl);
  return createFleetIssuer(config, { http, ...(place.identity && { identity: place.identity }) });
}

/** A key of the Elastic Cloud API opens no Kibana: https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys */
function noKibana(lack: string): RotorError {
  return new RotorError('config_invalid', `the token lives in Kibana Fleet, and the rotation has ${lack}`, {
    effect: 'not_applied',
    hint:
      'Add `kibana: { apiKey: ${env:KIBANA_API_KEY} }` to the rotation: a key with Fleet > Agent policies: All and ' +
      'Integrations: All. The API key of the cloud does not work there.',
  });
}
