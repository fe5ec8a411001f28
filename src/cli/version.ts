import { asRotorError } from '../rotation/errors.js';
import { builtFrom, packageVersion } from '../version.js';
import { Client } from './client.js';
import { show, type Output } from './output.js';

/** Of the command, and of the service where one answers: it is no fault that none does. */
export async function version(options: Output): Promise<number> {
  const command = { version: packageVersion(), commit: builtFrom(), node: process.versions.node };
  const service = await asked();
  await show({ command, service }, options, {
    table: () =>
      [
        `rotor ${command.version} (commit ${command.commit}), Node ${command.node}`,
        serviceLine(service),
      ].join('\n'),
    names: () => [command.version],
  });
  return 0;
}

type Asked = Awaited<ReturnType<typeof asked>>;

async function asked() {
  try {
    const client = await Client.fromEnvironment();
    return { address: client.address, ...(await client.info()) };
  } catch (error) {
    return { problem: asRotorError(error).message };
  }
}

function serviceLine(service: Asked): string {
  if ('problem' in service) return `service: not asked, since ${service.problem}`;
  const { address, version: running, commit, node, startedAt, lastTickAt } = service;
  const tick = lastTickAt === null ? 'the schedule was not read yet' : `schedule read at ${lastTickAt}`;
  return `service ${running} (commit ${commit}), Node ${node}, at ${address} since ${startedAt}; ${tick}`;
}
