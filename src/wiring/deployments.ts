import type { Config } from '../config/index.js';
import { elasticCloud } from '../issuers/elastic-cloud/inventory.js';
import { isByDeployment } from '../issuers/index.js';
import type { Cloud } from '../issuers/inventory.js';
import type { Selecting } from '../triggers/deployments/matching.js';
import { cloudClient, type Surroundings } from './clients.js';

/** A key that was exchanged is read with the next look. */
export function cloudsOf({ cloud }: Config, surroundings: Surroundings): readonly Cloud[] {
  if (!cloud) return [];
  return [elasticCloud(new URL(cloud.endpoint).host, () => cloudClient(cloud, surroundings))];
}

export function selectingOf({ cloud, rotations }: Config): readonly Selecting[] {
  const host = cloud === undefined ? null : new URL(cloud.endpoint).host;
  return rotations.map(({ name, labels = {}, select }) => {
    return { name, labels, select, cloud: isByDeployment(select) ? host : null };
  });
}
