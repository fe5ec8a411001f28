import { z } from 'zod';
import { isByDeployment, issuerKinds } from '../issuers/index.js';
import { resourceSelect, type ResourceSelect } from '../issuers/select.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import type { Path } from './yaml-source.js';

const kind = z.enum(issuerKinds);

type Asked = { readonly path: Path; readonly issuer: z.output<typeof kind>; readonly select: ResourceSelect };

/** What an issuer needs besides its own fields: a deployment to look for, an Elastic Cloud to ask, a Kibana. */
export function issuerProblems(hasCloud: boolean, rotations: readonly unknown[]): Problem[] {
  const asked = rotations.flatMap(askedBy);
  const ofCloud = asked.find(({ issuer, select }) => issuer !== 'fleet' || isByDeployment(select));
  const missing = rotations.flatMap((rotation, index) =>
    askedBy(rotation, index).flatMap((one) => selectProblems(one, fieldOf(rotation, 'kibana'))),
  );
  if (hasCloud || ofCloud === undefined || !isByDeployment(ofCloud.select)) return missing;
  return [...missing, noCloud(ofCloud)];
}

function askedBy(rotation: unknown, index: number): Asked[] {
  const declared = fieldOf(rotation, 'issuer') ?? 'auto';
  const issuer = kind.safeParse(fieldOf(declared, 'type') ?? declared);
  const select = resourceSelect.safeParse(fieldOf(rotation, 'select') ?? {});
  if (!issuer.success || !select.success) return [];
  return [{ path: ['rotations', index], issuer: issuer.data, select: select.data }];
}

function selectProblems({ path, issuer, select }: Asked, kibana: unknown): Problem[] {
  if (isByDeployment(select)) return [];
  const place = { path: [...path, 'select'], found: 'neither deployment nor tags' };
  const expected = 'exactly one of deployment and tags';
  if (issuer !== 'fleet') {
    return [{ ...place, expected, hint: 'Name the deployment, or the tags that lead to it.' }];
  }
  if (fieldOf(kibana, 'url') !== undefined) return [];
  const hint = 'For a Kibana of your own write `kibana: { url: https://..., apiKey: ... }`.';
  return [{ ...place, expected: `${expected}, or a \`kibana\` with a url`, hint }];
}

function noCloud({ path }: Asked): Problem {
  return {
    path: [...path, 'select'],
    found: 'a deployment, and no `cloud` to look for it',
    expected: '`cloud` at the top of the file',
    hint: 'Write `cloud: { apiKey: ${env:EC_API_KEY} }`.',
  };
}
