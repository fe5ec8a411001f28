import type { HttpClient } from '../../http/client.js';
import { RotorError } from '../../rotation/errors.js';
import type { Cloud, FoundApm, FoundDeployment } from '../inventory.js';
import { CloudApi, type CloudApiDeps } from './api.js';
import { foundDeployment, foundName, type OtherResource } from './schemas.js';

/** Each comes with its plans: some 100 KB, of the 10 MB that an answer may have. */
const PAGE_SIZE = 50;
/** Against a cloud that gives a cursor for ever. */
const MOST_PAGES = 400;

/** `http` throws where the config has no key that can be read. */
export function elasticCloud(host: string, http: () => HttpClient, retry?: CloudApiDeps['retry']): Cloud {
  return {
    host,
    deployments: (signal) => pages(new CloudApi({ http: http(), ...(retry && { retry }) }), signal),
  };
}

async function* pages(api: CloudApi, signal: AbortSignal): AsyncGenerator<readonly FoundDeployment[]> {
  let query: object = { size: PAGE_SIZE, sort: ['id'], query: { match_all: {} } };
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { deployments, cursor } = await api.inventory(query, signal);
    yield deployments.map(deploymentOf);
    if (deployments.length === 0 || !cursor) return;
    // With a cursor all other fields are ignored.
    query = { cursor };
  }
  throw new RotorError(
    'upstream_malformed',
    `${api.host}: the search had not ended after ${MOST_PAGES} pages of ${PAGE_SIZE} deployments.`,
  );
}

/** One that cannot be read hides no other. */
function deploymentOf(told: unknown): FoundDeployment {
  const read = foundDeployment.safeParse(told);
  if (!read.success) {
    const { id = 'unknown', name = 'unknown' } = foundName.safeParse(told).data ?? {};
    const [issue] = read.error.issues;
    const problem = `The cloud tells of it in another form than expected: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unexpected'}.`;
    return { id, name, tags: [], apm: [], problem };
  }
  const { id, name, metadata, resources } = read.data;
  const apm = (resources.apm ?? []).map((one) => apmOf('apm', one));
  const servers = (resources.integrations_server ?? []).map((one) => apmOf('integrations_server', one));
  return { id, name, tags: metadata?.tags ?? [], apm: [...apm, ...servers] };
}

function apmOf(kind: FoundApm['kind'], { ref_id: refId, info }: OtherResource): FoundApm {
  const isStandalone = kind === 'apm' && info?.apm_server_mode !== 'managed';
  return { refId, kind, mode: isStandalone ? 'standalone' : 'managed', status: info?.status ?? null };
}
